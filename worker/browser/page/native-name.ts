import { alternativeOf, type Walk } from "./accname.ts";
import { normalise } from "./text.ts";
import { isHiddenForAria } from "./visible.ts";

/** The labels of a form control, in the order of the document. */
export function labelsOf(element: Element): Element[] {
  const labels: unknown = Reflect.get(element, "labels");
  return labels instanceof NodeList ? [...labels].filter((label) => label instanceof Element) : [];
}

const buttonTypes = new Set(["button", "submit", "reset"]);
const withPlaceholder = new Set(["text", "password", "search", "tel", "email", "url", "number"]);

/** The name that HTML itself gives: a label, a caption, `alt`, a placeholder. Null where there is none and the walk goes on. */
export function nativeName(element: Element, walk: Walk): string | null {
  if (element instanceof HTMLInputElement) return inputName(element, walk);
  switch (element.localName) {
    case "button":
    case "output":
    case "meter":
    case "progress":
      return fromLabels(element, walk);
    case "textarea":
      return (
        fromLabels(element, walk) ?? attribute(element, "title") ?? attribute(element, "placeholder") ?? ""
      );
    case "select":
      return fromLabels(element, walk) ?? attribute(element, "title") ?? "";
    case "fieldset":
      return fromChild(element, "legend", walk);
    case "figure":
      return fromChild(element, "figcaption", walk);
    case "table":
      return fromChild(element, "caption", walk) ?? attribute(element, "summary");
    case "img":
    case "area":
      return attribute(element, "alt") ?? attribute(element, "title") ?? "";
    case "svg":
    case "g":
      return fromChild(element, "title", walk);
    case "optgroup":
    case "option":
      return attribute(element, "label");
    default:
      return null;
  }
}

function inputName(input: HTMLInputElement, walk: Walk): string {
  const labelled = fromLabels(input, walk);
  if (buttonTypes.has(input.type)) return buttonName(input, labelled);
  if (labelled !== null) return labelled;
  const title = attribute(input, "title");
  if (input.type === "image") return attribute(input, "alt") ?? title ?? "Submit";
  if (input.type === "file") return title ?? "Choose File";
  return title ?? (withPlaceholder.has(input.type) ? attribute(input, "placeholder") : null) ?? "";
}

function buttonName(input: HTMLInputElement, labelled: string | null): string {
  const usual = { submit: "Submit", reset: "Reset" }[input.type];
  return labelled ?? (normalise(input.value) || attribute(input, "title")) ?? usual ?? "";
}

function fromLabels(element: Element, walk: Walk): string | null {
  if (walk.from === "label") return null;
  const names = labelsOf(element)
    .map((label) => {
      const throughHidden = walk.throughHidden || isHiddenForAria(walk.glance, label);
      return alternativeOf(label, {
        ...walk,
        visited: new Set(),
        from: "label",
        throughHidden,
        owner: element,
      });
    })
    .filter((text) => text.trim() !== "");
  return names.length > 0 ? names.join(" ") : null;
}

function fromChild(element: Element, tag: string, walk: Walk): string | null {
  const child = [...element.children].find((one) => one.localName === tag);
  if (!child) return null;
  // The title of a drawing is never rendered.
  return tag === "title"
    ? (child.textContent ?? "")
    : alternativeOf(child, { ...walk, visited: new Set(walk.visited).add(element), from: "native" });
}

function attribute(element: Element, name: string): string | null {
  const value = element.getAttribute(name)?.trim() ?? "";
  return value === "" ? null : value;
}
