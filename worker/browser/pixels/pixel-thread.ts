import { parentPort } from "node:worker_threads";
import { compared, PictureRefused, painted } from "./compare.ts";
import type { FromPixels, PixelTask, ToPixels } from "./contract.ts";

/**
 * Works on pictures, one after the other, in a thread of its own: that which drives browsers has several attempts at once, and
 * none of them may stand still while the pictures of another one are compared.
 */

parentPort?.on("message", ({ id, task }: ToPixels) => {
  parentPort?.postMessage(answer(id, task));
});

function answer(id: number, task: PixelTask): FromPixels {
  try {
    if (task.kind === "paint") return { id, answer: painted(task.picture, task.boxes) };
    return { id, answer: compared(task.actual, task.expected, task.threshold) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, failed: error instanceof PictureRefused ? "picture" : "fault", message };
  }
}
