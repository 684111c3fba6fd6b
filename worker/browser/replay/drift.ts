const fieldsMax = 500;
const sheetsMax = 200;
/** Documents with more elements are not searched for elements that have become custom ones. */
const searchedElementsMax = 10_000;

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/**
 * Finds what has changed without a trace that rrweb could follow from a world of its own: values that scripts of the page
 * set, rules that they added to sheets, elements that became custom ones late. Cheap enough to be asked twice a second.
 */
export class Drift {
  readonly #values = new WeakMap<Element, string>();
  readonly #rules = new WeakMap<CSSStyleSheet, number>();
  #undefined = 0;

  constructor() {
    this.found();
  }

  /** The field took a value in a way that was recorded. */
  saw(target: EventTarget): void {
    if (isField(target)) this.#values.set(target, stateOf(target));
  }

  /** Whether anything has changed since the last time. */
  found(): boolean {
    const inFields = this.#inFields();
    const inSheets = this.#inSheets();
    return this.#inDefinitions() || inFields || inSheets;
  }

  #inFields(): boolean {
    let found = false;
    let seen = 0;
    for (const field of document.querySelectorAll<Field>("input:not([type=hidden]), textarea, select")) {
      if (++seen > fieldsMax) break;
      const now = stateOf(field);
      const before = this.#values.get(field);
      if (before === now) continue;
      this.#values.set(field, now);
      found ||= before !== undefined;
    }
    return found;
  }

  #inSheets(): boolean {
    let found = false;
    const sheets = [...document.styleSheets, ...document.adoptedStyleSheets];
    for (const sheet of sheets.slice(0, sheetsMax)) {
      const now = ruleCount(sheet);
      // An element without text was recorded as an empty sheet, whatever rules it has by now.
      const before = this.#rules.get(sheet) ?? (isWritten(sheet) ? now : 0);
      this.#rules.set(sheet, now);
      found ||= before !== now;
    }
    return found;
  }

  #inDefinitions(): boolean {
    if (document.getElementsByTagName("*").length > searchedElementsMax) return false;
    const before = this.#undefined;
    this.#undefined = document.querySelectorAll(":not(:defined)").length;
    return this.#undefined < before;
  }
}

function isField(target: EventTarget): target is Field {
  return target instanceof Element && /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function stateOf(field: Field): string {
  return `${"checked" in field && field.checked} ${field.value}`;
}

function isWritten(sheet: CSSStyleSheet): boolean {
  return !(sheet.ownerNode instanceof HTMLStyleElement) || sheet.ownerNode.textContent.trim() !== "";
}

function ruleCount(sheet: CSSStyleSheet): number {
  try {
    return sheet.cssRules.length;
  } catch {
    // Of another origin: nobody here may read it.
    return -1;
  }
}
