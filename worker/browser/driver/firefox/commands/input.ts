import { sharedIdOf } from "./runtime.ts";
import type { Table } from "./table.ts";

export const inputCommands: Table<
  | "DOM.setFileInputFiles"
  | "Input.dispatchDragEvent"
  | "Input.dispatchMouseEvent"
  | "Input.insertText"
  | "Input.setInterceptDrags"
> = {
  "Input.dispatchMouseEvent": ({ page }, event) => {
    const { type, x, y, button = "none", deltaX = 0, deltaY = 0 } = event;
    switch (type) {
      case "mouseWheel":
        return page.mouse.scroll(x, y, deltaX, deltaY);
      case "mousePressed":
        return page.mouse.press(x, y, button);
      case "mouseReleased":
        return page.mouse.release(x, y, button);
      default:
        return page.mouse.move(x, y);
    }
  },
  "Input.insertText": ({ page }, { text }) => page.keyboard.type(text),
  "Input.setInterceptDrags": ({ drags }, { enabled }) => drags.intercept(enabled),
  "Input.dispatchDragEvent": ({ drags }, event) => drags.play(event),
  "DOM.setFileInputFiles": async ({ page, connection }, { files, objectId }) => {
    await connection.send("input.setFiles", {
      context: page.id,
      element: { sharedId: sharedIdOf(objectId) },
      files,
    });
  },
};
