import type { Fault } from "./fault.ts";
import { outline } from "./outline.ts";
import { shown } from "./text.ts";

const unfillable: Readonly<Record<string, string>> = {
  checkbox: "use check or uncheck",
  radio: "use check",
  file: "use upload",
  submit: "use click",
  button: "use click",
  reset: "use click",
  image: "use click",
  hidden: "nobody can see it",
};

/** What has a value in one piece: set as a whole, not typed. */
const whole = new Set(["color", "date", "datetime-local", "month", "range", "time", "week", "number"]);

/** Puts the value into a field as if it had been typed over what was there; null when it holds the value afterwards. */
export function fillIn(element: Element, value: string): Fault | null {
  if (element instanceof HTMLInputElement) return fillInput(element, value);
  if (element instanceof HTMLTextAreaElement) {
    writeValue(
      element,
      HTMLTextAreaElement.prototype,
      cutTo(value.replace(/\r\n?/g, "\n"), element.maxLength),
    );
    return null;
  }
  if (element instanceof HTMLSelectElement) return wrong(element, "is a list of options: use select");
  if (element instanceof HTMLElement && element.isContentEditable) {
    fillEditable(element, value);
    return null;
  }
  return wrong(element, "is no field: it takes an input, a textarea or something contenteditable");
}

function fillInput(input: HTMLInputElement, value: string): Fault | null {
  const hint = unfillable[input.type];
  if (hint !== undefined)
    return wrong(input, `is an input of type ${input.type}, which takes no text: ${hint}`);
  const wanted = whole.has(input.type) ? value.trim() : value;
  const refused = whole.has(input.type) ? whyRefused(input, wanted) : null;
  if (refused) return { code: "wrong-value", message: refused, isFinal: true };
  writeValue(input, HTMLInputElement.prototype, cutTo(wanted, whole.has(input.type) ? -1 : input.maxLength));
  return null;
}

const formats: Readonly<Record<string, string>> = {
  color: "#rrggbb",
  date: "yyyy-mm-dd",
  "datetime-local": "yyyy-mm-ddThh:mm",
  month: "yyyy-mm",
  time: "hh:mm",
  week: "yyyy-Www",
  range: "a number from min to max",
  number: "a number",
};

/** Asks a field of the same kind that nobody sees: the browser empties or changes what it does not take. */
function whyRefused(input: HTMLInputElement, value: string): string | null {
  if (value === "" && input.type !== "color" && input.type !== "range") return null;
  const probe = document.createElement("input");
  for (const name of ["min", "max", "step", "type"]) {
    const attribute = input.getAttribute(name);
    if (attribute !== null) probe.setAttribute(name, attribute);
  }
  probe.value = value;
  const isTaken =
    input.type === "range" || input.type === "number"
      ? probe.value !== "" && Number(probe.value) === Number(value)
      : input.type === "color"
        ? probe.value === value.toLowerCase()
        : probe.value !== "";
  return isTaken
    ? null
    : `an input of type ${input.type} does not take ${shown(value)}; what is right looks like ${formats[input.type]}`;
}

/** Nobody can type more than that. */
function cutTo(value: string, charsMax: number): string {
  return charsMax >= 0 ? value.slice(0, charsMax) : value;
}

/**
 * Focus, select, set, and tell. The setter is the one of the prototype: libraries that keep an eye on the field put their own
 * on the element, and would take our value for one of theirs.
 */
function writeValue(
  field: HTMLInputElement | HTMLTextAreaElement,
  prototype: HTMLInputElement | HTMLTextAreaElement,
  value: string,
): void {
  focusOn(field);
  if (!(field instanceof HTMLInputElement && whole.has(field.type))) field.select();
  Object.getOwnPropertyDescriptor(prototype, "value")?.set?.call(field, value);
  const inputType = value === "" ? "deleteContentBackward" : "insertText";
  field.dispatchEvent(
    new InputEvent("input", { bubbles: true, composed: true, inputType, data: value === "" ? null : value }),
  );
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

/** An editor keeps its own model of the text and follows the events of the browser's editing commands. */
function fillEditable(element: HTMLElement, value: string): void {
  focusOn(element);
  const selection = getSelection();
  selection?.selectAllChildren(element);
  const command = value === "" ? "delete" : "insertText";
  if (document.execCommand(command, false, value)) return;
  element.textContent = value;
  element.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true, inputType: "insertText" }));
}

export function focusOn(element: Element): void {
  if (element instanceof HTMLElement || element instanceof SVGElement) element.focus();
}

/** Whether what is typed now reaches the element. */
export function hasFocus(element: Element): boolean {
  let active = document.activeElement;
  while (active && active !== element && active.shadowRoot?.activeElement)
    active = active.shadowRoot.activeElement;
  return (
    active !== null &&
    (active === element || element.contains(active) || element.shadowRoot?.contains(active) === true)
  );
}

export function wrong(element: Element, reason: string): Fault {
  return { code: "wrong-element", message: `${outline(element)} ${reason}`, isFinal: true };
}
