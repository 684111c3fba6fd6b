import type { RoleAttributes } from "../../../db/domain/locators.ts";
import { outline } from "./outline.ts";
import { roleOf } from "./roles.ts";
import { closest, parentOf } from "./tree.ts";

type Mixed = boolean | "mixed";

/** The states of the element as its role gives them; `enabled` and `checked` also answer assertions. */
export function matchesAttributes(element: Element, wanted: RoleAttributes): boolean {
  if (wanted.level !== undefined && levelOf(element) !== wanted.level) return false;
  if (wanted.checked !== undefined && checkedOf(element) !== wanted.checked) return false;
  if (wanted.pressed !== undefined && ariaState(element, "aria-pressed") !== wanted.pressed) return false;
  if (wanted.selected !== undefined && selectedOf(element) !== wanted.selected) return false;
  if (wanted.expanded !== undefined && expandedOf(element) !== wanted.expanded) return false;
  return wanted.disabled === undefined || isDisabled(element) === wanted.disabled;
}

function levelOf(element: Element): number {
  const level = Number(element.getAttribute("aria-level"));
  if (Number.isInteger(level) && level > 0) return level;
  const heading = /^h([1-6])$/.exec(element.localName);
  if (heading) return Number(heading[1]);
  return roleOf(element) === "heading" ? 2 : 0;
}

/** On, off or in between: a native control by its property, others by `aria-checked`. */
export function checkedOf(element: Element): Mixed {
  if (element instanceof HTMLInputElement && (element.type === "checkbox" || element.type === "radio")) {
    return element.indeterminate ? "mixed" : element.checked;
  }
  return ariaState(element, "aria-checked");
}

function selectedOf(element: Element): boolean {
  if (element instanceof HTMLOptionElement) return element.selected;
  return element.getAttribute("aria-selected") === "true";
}

function expandedOf(element: Element): boolean {
  if (element.localName === "details") return element.hasAttribute("open");
  if (element.localName === "summary" && element.parentElement?.localName === "details") {
    return element.parentElement.hasAttribute("open");
  }
  return element.getAttribute("aria-expanded") === "true";
}

function ariaState(element: Element, attribute: string): Mixed {
  const value = element.getAttribute(attribute);
  return value === "mixed" ? "mixed" : value === "true";
}

export function isDisabled(element: Element): boolean {
  return whyDisabled(element) !== null;
}

/** What disables the element: itself, its fieldset, its group of options, or `aria-disabled` here or above. */
export function whyDisabled(element: Element): string | null {
  if (element.matches(":disabled")) {
    const around = element.hasAttribute("disabled")
      ? null
      : element.closest("fieldset:disabled,optgroup:disabled,select:disabled");
    return around ? `is disabled by the ${around.localName} around it` : "is disabled";
  }
  for (let at: Element | null = element; at; at = parentOf(at)) {
    const value = at.getAttribute("aria-disabled");
    if (value === null) continue;
    if (value !== "true") return null;
    return at === element
      ? "is disabled (aria-disabled)"
      : `is disabled by ${outline(at)} around it (aria-disabled)`;
  }
  return null;
}

/** Why nobody can write into the field; null when it can be written into. */
export function whyReadOnly(element: Element): string | null {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
    if (element.readOnly) return "is read-only";
  }
  return element.getAttribute("aria-readonly") === "true" ? "is read-only (aria-readonly)" : null;
}

const controls = "input,textarea,select";
const pressable = "button,[role=button],[role=checkbox],[role=radio],[role=switch]";

/** The control that an element stands for: of a label, the control it labels; of the inside of a button, the button. */
export function controlOf(element: Element): Element {
  if (element.matches(controls) || (element instanceof HTMLElement && element.isContentEditable))
    return element;
  if (!element.matches(pressable)) {
    const button = closest(element, pressable);
    if (button) return button;
    const label = closest(element, "label");
    if (label instanceof HTMLLabelElement && label.control) return label.control;
  }
  return element;
}
