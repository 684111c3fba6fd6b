import { normalise } from "./text.ts";

const attributesShown = [
  "id",
  "class",
  "name",
  "type",
  "role",
  "aria-label",
  "placeholder",
  "href",
  "title",
  "alt",
  "data-testid",
];
const attributeCharsMax = 60;
const textCharsMax = 50;
const outlineCharsMax = 240;

/** The element as one short line of HTML, for a person. The values of fields are left out: they may be secret. */
export function outline(element: Element): string {
  const tag = element.localName;
  const attributes = attributesShown
    .filter((name) => element.hasAttribute(name))
    .map((name) => ` ${name}="${cut(element.getAttribute(name) ?? "", attributeCharsMax)}"`)
    .join("");
  const text = cut(normalise((element.textContent ?? "").slice(0, 2_000)), textCharsMax);
  const html = text === "" ? `<${tag}${attributes}>` : `<${tag}${attributes}>${text}</${tag}>`;
  return cut(html, outlineCharsMax);
}

function cut(text: string, charsMax: number): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > charsMax ? `${line.slice(0, charsMax - 1)}…` : line;
}
