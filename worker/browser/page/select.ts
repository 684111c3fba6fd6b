import type { Fault } from "./fault.ts";
import { focusOn, wrong } from "./fill.ts";
import { normalise, shown } from "./text.ts";

const optionsShownMax = 20;

export function selectedLabels(select: HTMLSelectElement): string[] {
  return [...select.selectedOptions].map(labelOf);
}

/** Chooses the options, each named by its value or its label; null when done. Options that are not there yet may still come. */
export function choose(element: Element, wanted: readonly string[]): Fault | null {
  if (!(element instanceof HTMLSelectElement)) {
    return wrong(element, "is no select element: click it, then click the option");
  }
  if (wanted.length > 1 && !element.multiple) {
    return {
      ...wrong(element, `takes one option, and ${wanted.length} are given`),
      code: "wrong-value",
    };
  }
  const chosen: HTMLOptionElement[] = [];
  for (const name of wanted) {
    const option = optionNamed(element, name);
    if (!option) return unknownOption(element, name);
    if (option.matches(":disabled")) {
      return {
        code: "option-not-found",
        message: `expected option ${shown(name)} to be enabled, but it is disabled`,
      };
    }
    chosen.push(option);
  }
  focusOn(element);
  for (const option of element.options) option.selected = chosen.includes(option);
  if (chosen.length === 0) element.selectedIndex = -1;
  element.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
  element.dispatchEvent(new Event("change", { bubbles: true }));
  return null;
}

function optionNamed(select: HTMLSelectElement, name: string): HTMLOptionElement | undefined {
  const options = [...select.options];
  return (
    options.find((option) => option.value === name) ??
    options.find((option) => option.label === name) ??
    options.find((option) => labelOf(option) === normalise(name))
  );
}

function labelOf(option: HTMLOptionElement): string {
  return normalise(option.label || option.text);
}

function unknownOption(select: HTMLSelectElement, name: string): Fault {
  const options = [...select.options];
  const lines = options.slice(0, optionsShownMax).map((option) => {
    const disabled = option.matches(":disabled") ? ", disabled" : "";
    return `- ${shown(labelOf(option), 80)} (value ${shown(option.value, 80)}${disabled})`;
  });
  const more = options.length - lines.length;
  return {
    code: "option-not-found",
    message: `expected an option ${shown(name)}, but there is none among ${options.length}`,
    explain: () => ["Options:", ...lines, ...(more > 0 ? [`… and ${more} more`] : [])].join("\n"),
  };
}
