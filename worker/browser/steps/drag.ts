import type { Protocol } from "puppeteer";
import type { Target } from "../../../db/domain/steps/fields.ts";
import type { AttemptContext } from "../context.ts";
import type { Deadline } from "../deadline.ts";
import { type Found, seek } from "../engine.ts";
import { sendWithin } from "../evaluate.ts";
import { type Point, pagePoint, release } from "../frames.ts";
import { actAndSettle, heldModifiers, holdMouse, moveMouse } from "../input.ts";
import type { Tab } from "../tab.ts";
import { pointOf } from "./answers.ts";
import type { StepBehaviour } from "./behaviour.ts";

/** Moves between the two ends; libraries that follow the mouse need some. */
const movesOnTheWay = 5;
/** Between the move that starts a drag of the browser's own and its announcement. */
const startMsMax = 150;

export const drag: StepBehaviour<"drag"> = async ({ browser, deadline }, step) => {
  const { tab } = browser;
  const found = await end(tab, step.target, deadline);
  const from = await pagePoint(found.place, pointOf(found.answer), deadline);
  release(found.place);
  await actAndSettle(tab, deadline, () => dragFrom(browser, tab, from, step.to, deadline));
  return { target: found.target };
};

function end(tab: Tab, target: Target, deadline: Deadline): Promise<Found> {
  return seek(tab, target, { kind: "act", act: { type: "hover" }, position: null }, deadline);
}

async function dragFrom(
  browser: AttemptContext,
  tab: Tab,
  from: Point,
  to: Target,
  deadline: Deadline,
): Promise<void> {
  const { session } = tab;
  const intercepted = Promise.withResolvers<Protocol.Input.DragData>();
  const listener = ({ data }: Protocol.Input.DragInterceptedEvent) => intercepted.resolve(data);
  session.on("Input.dragIntercepted", listener);
  try {
    // Without this the browser would drag through the desktop, which has nobody to drop.
    await sendWithin(deadline, session.send("Input.setInterceptDrags", { enabled: true }));
    await moveMouse(browser, tab, from, deadline);
    await holdMouse(browser, tab, from, "mousePressed", deadline);
    // Two moves: the first may only pass the threshold at which a drag starts.
    await moveMouse(browser, tab, { x: from.x + 6, y: from.y + 6 }, deadline, 1);
    await moveMouse(browser, tab, { x: from.x + 12, y: from.y + 12 }, deadline, 1);
    const started = deadline.sleep(startMsMax).then(() => null);
    const data = await Promise.race([intercepted.promise, started]);
    // Where to drop is looked for now: some pages show it only while something is dragged.
    const target = await end(tab, to, deadline);
    const point = await pagePoint(target.place, pointOf(target.answer), deadline);
    release(target.place);
    if (data) await drop(browser, tab, point, data, deadline);
    else await glide(browser, tab, from, point, deadline);
    await holdMouse(browser, tab, point, "mouseReleased", deadline);
  } finally {
    session.off("Input.dragIntercepted", listener);
    session.send("Input.setInterceptDrags", { enabled: false }).catch(() => undefined);
  }
}

/** A drag of the browser's own (HTML drag and drop): from here on it takes drag events, not those of the mouse. */
async function drop(
  browser: AttemptContext,
  tab: Tab,
  point: Point,
  data: Protocol.Input.DragData,
  deadline: Deadline,
): Promise<void> {
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    const modifiers = heldModifiers(browser);
    await sendWithin(
      deadline,
      tab.session.send("Input.dispatchDragEvent", { type, ...point, data, modifiers }),
    );
  }
}

async function glide(
  browser: AttemptContext,
  tab: Tab,
  from: Point,
  to: Point,
  deadline: Deadline,
): Promise<void> {
  for (let move = 1; move <= movesOnTheWay; move++) {
    const part = move / movesOnTheWay;
    const point = { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
    await moveMouse(browser, tab, point, deadline, 1);
  }
}
