import type { Input } from "webdriver-bidi-protocol";
import type { FirefoxSession } from "../session.ts";
import { sharedIdOf } from "./runtime.ts";
import { nothing, type Table } from "./table.ts";

const buttons: Record<string, number> = { left: 0, middle: 1, right: 2, back: 3, forward: 4 };

async function mouse(session: FirefoxSession, actions: Input.PointerSourceAction[]): Promise<void> {
  await session.connection.send("input.performActions", {
    context: session.page.id,
    actions: [{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions }],
  });
}

export const inputCommands: Table<
  | "DOM.setFileInputFiles"
  | "Input.dispatchDragEvent"
  | "Input.dispatchMouseEvent"
  | "Input.insertText"
  | "Input.setInterceptDrags"
> = {
  "Input.dispatchMouseEvent": async (session, event) => {
    const { type, button = "none", deltaX = 0, deltaY = 0 } = event;
    const x = Math.round(event.x);
    const y = Math.round(event.y);
    const { mouse: at } = session.page;
    const move: Input.PointerMoveAction[] =
      at.x === x && at.y === y && type !== "mouseMoved" ? [] : [{ type: "pointerMove", x, y, duration: 0 }];
    Object.assign(at, { x, y });
    if (type === "mouseWheel") {
      await session.connection.send("input.performActions", {
        context: session.page.id,
        actions: [
          {
            type: "wheel",
            id: "wheel",
            actions: [{ type: "scroll", x, y, deltaX: Math.round(deltaX), deltaY: Math.round(deltaY) }],
          },
        ],
      });
      return;
    }
    const number = buttons[button] ?? 0;
    if (type === "mousePressed") return mouse(session, [...move, { type: "pointerDown", button: number }]);
    if (type === "mouseReleased") return mouse(session, [...move, { type: "pointerUp", button: number }]);
    return mouse(session, move);
  },
  "Input.insertText": ({ page }, { text }) => page.keyboard.type(text),
  // Firefox carries a drag out by itself, from the moves of the mouse.
  "Input.setInterceptDrags": nothing,
  "Input.dispatchDragEvent": nothing,
  "DOM.setFileInputFiles": async ({ page, connection }, { files, objectId }) => {
    await connection.send("input.setFiles", {
      context: page.id,
      element: { sharedId: sharedIdOf(objectId) },
      files,
    });
  },
};
