declare global {
  /** Set by the thread while somebody watches: also before the engine of a new document is there. */
  var __verdictCovers: boolean | undefined;
}

/** A box without anything to read in it, whatever the field holds and however its parts are coloured. */
const black: readonly (readonly [string, string])[] = [
  ["background-color", "#000"],
  ["background-image", "none"],
  ["filter", "brightness(0)"],
  ["transition-property", "none"],
  ["animation-name", "none"],
];

type Field = {
  /** What the page itself had said, while the field is covered. */
  before: (readonly [name: string, value: string, priority: string])[] | null;
  observer: MutationObserver | null;
};

/** The fields of a document that were given a secret. While somebody watches they are black. */
export class SecretFields {
  readonly #fields = new Map<Element, Field>();

  add(element: Element): void {
    if (this.#fields.has(element)) return;
    const field: Field = { before: null, observer: null };
    this.#fields.set(element, field);
    if (globalThis.__verdictCovers) cover(element, field);
  }

  /** The element that keys go to. */
  addFocused(): void {
    let focused = document.activeElement;
    while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
    if (focused && focused !== document.body) this.add(focused);
  }

  cover(isOn: boolean): void {
    for (const [element, field] of this.#fields) {
      if (!element.isConnected) this.#fields.delete(element);
      if (isOn && element.isConnected) cover(element, field);
      else uncover(element, field);
    }
  }
}

function styleOf(element: Element): CSSStyleDeclaration | null {
  return element instanceof HTMLElement || element instanceof SVGElement ? element.style : null;
}

function cover(element: Element, field: Field): void {
  const style = styleOf(element);
  if (field.before || !style) return;
  field.before = black.map(([name]) => [name, style.getPropertyValue(name), style.getPropertyPriority(name)]);
  paint(style);
  // A page that writes the style anew takes the box away; before anything is drawn it is back.
  field.observer = new MutationObserver(() => paint(style));
  field.observer.observe(element, { attributes: true, attributeFilter: ["style"] });
}

function paint(style: CSSStyleDeclaration): void {
  for (const [name, value] of black) {
    if (style.getPropertyPriority(name) !== "important") style.setProperty(name, value, "important");
  }
}

function uncover(element: Element, field: Field): void {
  const style = styleOf(element);
  field.observer?.disconnect();
  field.observer = null;
  if (!field.before || !style) return;
  for (const [name, value, priority] of field.before) style.setProperty(name, value, priority);
  field.before = null;
}
