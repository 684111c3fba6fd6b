import { reachPoint, whyUnusable } from "./actionable.ts";
import type { Changes } from "./changes.ts";
import type { Act, Want } from "./contract.ts";
import { shownTexts } from "./element-text.ts";
import { dispatch, giveFiles, whyTooMany } from "./events.ts";
import type { Fault, Outcome, Success } from "./fault.ts";
import { fillIn, focusOn, hasFocus, wrong } from "./fill.ts";
import { boxOf, bringFrameIntoView, bringIntoView, pointOf } from "./hit.ts";
import { watchPress } from "./press-guard.ts";
import type { Found } from "./resolve.ts";
import type { SecretFields } from "./secrets.ts";
import { choose } from "./select.ts";
import { checkedOf, controlOf } from "./states.ts";
import { isVisible } from "./visible.ts";

type Doing = {
  changes: Changes;
  secrets: SecretFields;
  found: Found;
  /** It was not there, or not ready, at the first look. */
  hasWaited: boolean;
  /** How often this has been tried, from 0. */
  round: number;
  deadline: number;
  /** Keeps the element for the thread and gives the name under which it is kept. */
  keep(element: Element): string;
};

type ActWant = Extract<Want, { kind: "act" }>;

/** Does it, or says why it can't be done now. */
export async function perform(want: ActWant, doing: Doing): Promise<Outcome> {
  const { element } = doing.found;
  const { act } = want;
  switch (act.type) {
    case "point":
      return press(want, doing, element);
    case "hover":
      return press(want, doing, element);
    case "toggle":
      return toggle(want, doing, act.checked);
    case "scrollIntoView":
      bringFrameIntoView(element);
      if (pointOf(element, want.position) === null) bringIntoView(element, want.position, 0);
      return done(doing, element);
    case "scrollTo":
      scrollElement(element, act);
      return done(doing, element);
    case "fileInput":
      return fileInput(doing, (input) => whyTooMany(input, act.files));
    case "giveFiles":
      return fileInput(doing, (input) => giveFiles(input, act.files));
    case "dispatch":
      dispatch(element, act.event, act.init);
      return done(doing, element);
    case "blur":
      return leave(doing);
    case "read":
      return done(doing, element, { text: read(element, act.attribute) });
    default:
      return change(act, doing, want.isShy ?? false);
  }
}

/** Fill, select, focus: done in the page, to the control that the element stands for. */
function change(
  act: Extract<Act, { type: "fill" | "select" | "focus" }>,
  doing: Doing,
  isShy: boolean,
): Outcome {
  const { element, locator } = doing.found;
  const needs =
    act.type === "fill" ? (["visible", "enabled", "editable"] as const) : (["visible", "enabled"] as const);
  const unusable = whyUnusable(element, locator.source, needs);
  if (unusable) return { fault: unusable };
  const control = act.type === "focus" ? element : controlOf(element);
  bringFrameIntoView(control);
  if (pointOf(control, null) === null) bringIntoView(control, null, 0);
  if (isShy && doing.hasWaited) return done(doing, control, { waited: true });
  // Before it is there: it must not be drawn for a moment.
  if (act.type !== "select" && act.isSecret) doing.secrets.add(control);
  const fault =
    act.type === "fill"
      ? fillIn(control, act.value)
      : act.type === "select"
        ? choose(control, act.options)
        : takeFocus(control);
  return fault ? { fault } : done(doing, control);
}

/** Keys without a focused element go to the body. */
function takeFocus(element: Element): Fault | null {
  if (element === document.body || element === document.documentElement) {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    return null;
  }
  focusOn(element);
  if (hasFocus(element)) return null;
  const control = controlOf(element);
  focusOn(control);
  if (hasFocus(control)) return null;
  return wrong(element, "can't take the focus, so that no key would reach it");
}

async function press(want: ActWant, doing: Doing, element: Element): Promise<Outcome> {
  const reached = await reachPoint(doing.changes, element, doing.found.locator.source, {
    position: want.position,
    needs: want.act.type === "hover" ? ["visible"] : ["visible", "enabled"],
    round: doing.round,
    deadline: doing.deadline,
  });
  if ("fault" in reached) return { fault: reached.fault };
  // A drag and a hover are no press: what they pass over is theirs to find out.
  if (want.act.type !== "hover") watchPress(element, doing.found.locator.source);
  return done(doing, element, { ...reached, waited: doing.hasWaited });
}

const togglable =
  "[role=checkbox],[role=switch],[role=radio],[role=menuitemcheckbox],[role=menuitemradio],[role=option],[role=treeitem]";

async function toggle(want: ActWant, doing: Doing, checked: boolean): Promise<Outcome> {
  const { element } = doing.found;
  const control = element.matches(togglable) ? element : controlOf(element);
  const isNative = control instanceof HTMLInputElement && /^(checkbox|radio)$/.test(control.type);
  if (!isNative && !control.matches(togglable)) {
    return { fault: wrong(element, "is no checkbox, switch or radio button") };
  }
  if (checkedOf(control) === checked) return done(doing, control, { done: true });
  const isRadio = isNative ? (control as HTMLInputElement).type === "radio" : control.matches("[role=radio]");
  if (isRadio && !checked) {
    return { fault: wrong(control, "is a radio button, which is not unchecked but by checking another one") };
  }
  return press(want, doing, pressable(element, control));
}

/** A native control that is not drawn is pressed on its label, as people do. */
function pressable(element: Element, control: Element): Element {
  if (isVisible(control) || !(control instanceof HTMLInputElement)) return control;
  if (element !== control && isVisible(element)) return element;
  return [...(control.labels ?? [])].find(isVisible) ?? control;
}

function leave(doing: Doing): Outcome {
  const { element } = doing.found;
  const control = hasFocus(element) ? element : controlOf(element);
  if (!hasFocus(control))
    return { fault: wrong(element, "does not have the focus, so it can't be taken away") };
  blurAll();
  return done(doing, control);
}

function blurAll(): void {
  for (let at = document.activeElement; at; at = at.shadowRoot?.activeElement ?? null) {
    if (!at.shadowRoot?.activeElement && (at instanceof HTMLElement || at instanceof SVGElement)) at.blur();
  }
}

function fileInput(doing: Doing, give?: (input: HTMLInputElement) => Fault | null): Outcome {
  const { element } = doing.found;
  const control = controlOf(element);
  const inner = [...element.querySelectorAll("input[type=file]")];
  const input = isFileInput(control) ? control : inner.length === 1 ? inner[0] : undefined;
  if (!input)
    return { fault: wrong(element, "is no input of type file, nor does it label or hold just one") };
  if (input.matches(":disabled")) {
    const message = `expected ${doing.found.locator.source} to be enabled, but it is disabled`;
    return { fault: { code: "not-enabled", message } };
  }
  const fault = give && isFileInput(input) ? give(input) : null;
  return fault ? { fault } : done(doing, input);
}

function isFileInput(element: Element): element is HTMLInputElement {
  return element instanceof HTMLInputElement && element.type === "file";
}

function scrollElement(element: Element, { x, y }: { x: number | null; y: number | null }): void {
  const isPage = element === document.documentElement || element === document.body;
  const scrolled = isPage ? (document.scrollingElement ?? element) : element;
  scrolled.scrollTo({
    left: x ?? scrolled.scrollLeft,
    top: y ?? scrolled.scrollTop,
    behavior: "instant",
  });
}

/**
 * An attribute as it is written (`value` and `checked` of a control: as they are now), null when it is missing. Without one:
 * the value of an input, textarea or select (as `expectValue` sees it), else the text that is shown, white space folded.
 */
export function read(element: Element, attribute: string | null): string | null {
  if (attribute === null) return heldBy(element) ?? shownTexts(element)[0] ?? "";
  if (attribute === "value") return heldBy(element) ?? element.getAttribute(attribute);
  if (attribute === "checked" && element instanceof HTMLInputElement) return String(element.checked);
  return element.getAttribute(attribute);
}

/** What a control holds; several chosen options are parted by a comma. Null for what is no control. */
export function heldBy(element: Element): string | null {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) return element.value;
  if (!(element instanceof HTMLSelectElement)) return null;
  return [...element.selectedOptions].map((option) => option.value).join(",");
}

export function done(
  doing: Pick<Doing, "found" | "keep">,
  element: Element,
  more: Partial<Success> = {},
): Outcome {
  const { index, source } = doing.found.locator;
  const success: Success = {
    ok: true,
    locator: { index, source },
    matches: 1,
    box: boxOf(element),
    point: null,
    done: false,
    waited: false,
    text: null,
    elementToken: doing.keep(element),
    ...more,
  };
  return { success };
}
