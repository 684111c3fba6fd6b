import type { Protocol } from "puppeteer";
import type { AttemptContext } from "./context.ts";
import type { Deadline } from "./deadline.ts";
import { evaluateIn, isGone, sendWithin } from "./evaluate.ts";
import { StepFailure } from "./failure.ts";
import type { Point } from "./frames.ts";
import type { Tab } from "./tab.ts";

type Button = Protocol.Input.MouseButton;
type MouseEventRequest = Protocol.Input.DispatchMouseEventRequest;

const modifierBits: Record<string, number> = { Alt: 1, Control: 2, Meta: 4, Shift: 8 };
const buttonBits: Partial<Record<Button, number>> = { left: 1, right: 2, middle: 4, back: 8, forward: 16 };

export type Press = {
  button?: Button | undefined;
  count?: number | undefined;
  delayMs?: number | undefined;
};

/** Moves the pointer to the point and presses there; the events travel together. */
export async function pressMouse(
  context: AttemptContext,
  tab: Tab,
  point: Point,
  { button = "left", count = 1, delayMs = 0 }: Press,
  deadline: Deadline,
): Promise<void> {
  const sent = [sendMouse(context, tab, { type: "mouseMoved", ...point, button: "none" })];
  for (let clickCount = 1; clickCount <= count; clickCount++) {
    const buttons = buttonBits[button] ?? 0;
    sent.push(sendMouse(context, tab, { type: "mousePressed", ...point, button, buttons, clickCount }));
    if (delayMs > 0) {
      await unlessClosed(tab, deadline, Promise.all(sent));
      await deadline.sleep(delayMs);
    }
    sent.push(sendMouse(context, tab, { type: "mouseReleased", ...point, button, clickCount }));
  }
  await unlessClosed(tab, deadline, Promise.all(sent));
}

export async function moveMouse(
  context: AttemptContext,
  tab: Tab,
  point: Point,
  deadline: Deadline,
  buttons = 0,
): Promise<void> {
  const button: Button = buttons === 1 ? "left" : "none";
  await unlessClosed(
    tab,
    deadline,
    sendMouse(context, tab, { type: "mouseMoved", ...point, button, buttons }),
  );
}

export async function holdMouse(
  context: AttemptContext,
  tab: Tab,
  point: Point,
  type: "mousePressed" | "mouseReleased",
  deadline: Deadline,
): Promise<void> {
  const buttons = type === "mousePressed" ? 1 : 0;
  const event = { type, ...point, button: "left", buttons, clickCount: 1 } as const;
  await unlessClosed(tab, deadline, sendMouse(context, tab, event));
}

function sendMouse(context: AttemptContext, tab: Tab, event: MouseEventRequest): Promise<void> {
  context.pointer = { x: event.x, y: event.y };
  return tab.session.send("Input.dispatchMouseEvent", { ...event, modifiers: heldModifiers(context) });
}

export function heldModifiers(context: AttemptContext): number {
  return [...context.heldKeys].reduce((bits, key) => bits | (modifierBits[key] ?? 0), 0);
}

/** A tab that closes itself when it is clicked answers no more; the click was made all the same. */
async function unlessClosed(tab: Tab, deadline: Deadline, sent: Promise<unknown>): Promise<void> {
  try {
    await sendWithin(deadline, sent);
  } catch (error) {
    if (!tab.isClosed && !isGone(error)) throw error;
  }
}

/** Longest wait for a document that an act has asked for; the next step waits on its own if it takes longer. */
const navigationMsMax = 5_000;
/** Between the page's wish to navigate and the browser's start of it. */
const startMsMax = 150;

/**
 * Does the act and, when it made the main frame navigate, waits until the next document is there, so that the following
 * step does not look at the old one.
 */
export async function actAndSettle(tab: Tab, deadline: Deadline, act: () => Promise<void>): Promise<void> {
  await act();
  if (tab.isClosed) return;
  await roundTrip(tab, deadline);
  const noTime = new StepFailure("timeout", "the navigation is still under way");
  const settle = async (condition: () => boolean, ms: number) => {
    await tab
      .until(condition, deadline.within(ms), () => noTime)
      .catch((error: unknown) => {
        if (error !== noTime && !tab.isClosed) throw error;
      });
  };
  if (tab.isNavigationRequested && !tab.isNavigating) {
    await settle(() => tab.isNavigating || !tab.isNavigationRequested, startMsMax);
  }
  if (tab.isNavigating) await settle(() => !tab.isNavigating, navigationMsMax);
}

/** Lets the page do what its handlers have put off to the next task, such as sending a form. */
async function roundTrip(tab: Tab, deadline: Deadline): Promise<void> {
  const soon = deadline.within(1_000);
  try {
    const realm = await tab.documents.realm("engine", tab.mainFrameId, soon);
    await evaluateIn(realm, "0", soon);
  } catch (error) {
    // Between two documents, or busy: there is nothing to be learned then.
    if (!(error instanceof StepFailure)) throw error;
  }
}

/** Presses `Control+A` and the like: modifiers are held around the last key. @throws StepFailure `unknown-key`. */
export async function pressKeys(tab: Tab, combination: string, deadline: Deadline): Promise<void> {
  const { keyboard } = tab.page;
  const keys = keysOf(combination);
  const last = keys.pop() ?? "";
  await withKeys(tab, keys, deadline, () => keying(tab, deadline, keyboard.press(keyOf(last)), last));
}

/** Holds keys while something is done, and lets them go in reverse, whatever happens. */
export async function withKeys(
  tab: Tab,
  keys: readonly string[],
  deadline: Deadline,
  act: () => Promise<void>,
): Promise<void> {
  const { keyboard } = tab.page;
  const down: string[] = [];
  try {
    for (const key of keys) {
      await keying(tab, deadline, keyboard.down(keyOf(key)), key);
      down.push(key);
    }
    await act();
  } finally {
    for (const key of down.reverse()) await keyboard.up(keyOf(key)).catch(() => undefined);
  }
}

export async function keying(tab: Tab, deadline: Deadline, sent: Promise<void>, key: string): Promise<void> {
  try {
    await sendWithin(deadline, sent);
  } catch (error) {
    if (error instanceof Error && /Unknown key/.test(error.message)) throw unknownKey(key);
    if (!tab.isClosed && !isGone(error)) throw error;
  }
}

function unknownKey(key: string): StepFailure {
  return new StepFailure(
    "unknown-key",
    `"${key}" is no key; there are Enter, Tab, Escape, ArrowDown, a, A, 1, Control+A and the like`,
  );
}

const aliases: Record<string, string> = {
  Ctrl: "Control",
  Command: "Meta",
  Cmd: "Meta",
  ControlOrMeta: process.platform === "darwin" ? "Meta" : "Control",
  Option: "Alt",
  Esc: "Escape",
  Return: "Enter",
  Spacebar: "Space",
  Del: "Delete",
  Up: "ArrowUp",
  Down: "ArrowDown",
  Left: "ArrowLeft",
  Right: "ArrowRight",
};

/** The driver checks the name itself and refuses one that it does not know. */
export function keyOf(key: string): string {
  return aliases[key] ?? key;
}

/** `Control++` is Control and plus. */
function keysOf(combination: string): string[] {
  if (combination === "+") return ["+"];
  return combination
    .replace(/\+\+$/, "+\0")
    .split("+")
    .map((key) => (key === "\0" ? "+" : key.trim() || key));
}
