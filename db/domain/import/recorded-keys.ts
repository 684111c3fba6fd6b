import type { Recorded } from "./recording.ts";

/** A step of a recording with its place in it. */
export type Placed = { index: number; type: string; step: Record<string, unknown> };

type KeyStep = Placed & { step: Recorded<"keyDown"> };

/** Keys that were pressed and released, and the recorded steps that this stands for; null when the first is none. */
export type Presses = { keys: string; steps: Placed[] };

const modifiers = new Set(["Alt", "Control", "Meta", "Shift"]);

/**
 * What can be said as one press from here on: `a`, or `Control+a` when a modifier is held over just one press. Keys that
 * overlap otherwise stay as they were recorded.
 */
export function pressesAt(steps: readonly Placed[], from: number): Presses | null {
  const first = steps[from];
  if (!first || !isKey(first, "keyDown")) return null;
  const next = steps[from + 1];
  if (next && isRelease(next, first)) return { keys: first.step.key, steps: [first, next] };
  if (!modifiers.has(first.step.key)) return null;
  const inner = pressesAt(steps, from + 1);
  if (!inner || inner.steps.some((step) => targetOf(step) !== targetOf(first))) return null;
  const end = steps[from + 1 + inner.steps.length];
  if (!end || !isRelease(end, first)) return null;
  return { keys: `${first.step.key}+${inner.keys}`, steps: [first, ...inner.steps, end] };
}

function isKey(placed: Placed, type: "keyDown" | "keyUp"): placed is KeyStep {
  return placed.type === type;
}

function isRelease(placed: Placed, down: KeyStep): boolean {
  // Shift changes what the same key is called when it comes up: a, A.
  return (
    isKey(placed, "keyUp") &&
    placed.step.key.toLowerCase() === down.step.key.toLowerCase() &&
    targetOf(placed) === targetOf(down)
  );
}

function targetOf(placed: Placed): unknown {
  return placed.step.target ?? "main";
}
