import type { Fault } from "./fault.ts";
import { outline } from "./outline.ts";

type Init = Record<string, unknown>;

const kinds: readonly (readonly [RegExp, (type: string, init: Init) => Event])[] = [
  [/^(click|dblclick|auxclick|contextmenu|mouse\w+)$/, (type, init) => new MouseEvent(type, init)],
  [/^(pointer\w+|gotpointercapture|lostpointercapture)$/, (type, init) => new PointerEvent(type, init)],
  [/^key\w+$/, (type, init) => new KeyboardEvent(type, init)],
  [/^(beforeinput|input)$/, (type, init) => new InputEvent(type, init)],
  [/^(focus|blur|focusin|focusout)$/, (type, init) => new FocusEvent(type, init)],
  [/^(drag\w*|drop)$/, (type, init) => new DragEvent(type, { dataTransfer: new DataTransfer(), ...init })],
  [/^wheel$/, (type, init) => new WheelEvent(type, init)],
];

/** Sends an event of the kind that its name calls for; it bubbles and can be cancelled unless `init` says otherwise. */
export function dispatch(element: Element, type: string, init: Init): void {
  const full = { bubbles: true, cancelable: true, composed: true, ...init };
  const kind = kinds.find(([names]) => names.test(type));
  const plain = () => (Object.hasOwn(init, "detail") ? new CustomEvent(type, full) : new Event(type, full));
  element.dispatchEvent(kind ? kind[1](type, full) : plain());
}

/** The browser itself would take several for a field that asks for one. */
export function whyTooMany(input: HTMLInputElement, files: number): Fault | null {
  if (files <= 1 || input.multiple) return null;
  return { code: "not-multiple", message: `${outline(input)} takes one file, not ${files}`, isFinal: true };
}

/** Gives a file field files whose type is said, and tells the page. */
export function giveFiles(
  input: HTMLInputElement,
  files: readonly { name: string; mimeType: string; base64: string }[],
): Fault | null {
  const tooMany = whyTooMany(input, files.length);
  if (tooMany) return tooMany;
  const transfer = new DataTransfer();
  for (const { name, mimeType, base64 } of files) {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: mimeType }));
  }
  input.files = transfer.files;
  input.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return null;
}
