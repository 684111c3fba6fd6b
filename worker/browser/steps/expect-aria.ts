import { AriaSnapshotError, parseAriaSnapshot } from "../../../db/domain/aria-snapshot.ts";
import { StepFailure } from "../failure.ts";
import { expectOf } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectAria: StepBehaviour<"expectAria"> = (context, step) =>
  expectOf(context, step.target ?? "css=body", {
    kind: "aria",
    snapshot: parse(step.snapshot),
    not: step.not ?? false,
  });

/** Its references are replaced now, and may have made it wrong. */
function parse(source: string) {
  try {
    return parseAriaSnapshot(source);
  } catch (error) {
    if (error instanceof AriaSnapshotError) throw new StepFailure("invalid-snapshot", error.message);
    throw error;
  }
}
