import type { StepOf } from "../../../db/domain/steps/index.ts";
import { StepFailure } from "../failure.ts";
import { matchInPage } from "../script.ts";
import type { SeenDialog } from "../witness.ts";
import type { StepBehaviour, StepContext } from "./behaviour.ts";

/** A dialog that an act sets off opens within moments. */
const noneMs = 500;
const shownMax = 10;

export const expectDialog: StepBehaviour<"expectDialog"> = async (context, step) => {
  const { browser, deadline } = context;
  const { witness } = browser;
  const recent = () => witness.dialogs.filter(({ at }) => at >= witness.actedAt);
  const end = step.not ? deadline.within(noneMs) : deadline;
  let looked = 0;
  for (;;) {
    const isLast = end.isOver;
    const dialogs = recent();
    for (const dialog of dialogs) {
      if (!(await isMeant(context, step, dialog))) continue;
      if (!step.not) return {};
      throw new StepFailure(
        "assertion-failed",
        `expected no ${wordsOf(step)}, but it came: ${shown(dialog)}`,
      );
    }
    if (isLast) break;
    looked = dialogs.length;
    await witness.until(() => (recent().length > looked ? true : null), end);
  }
  if (step.not) return {};
  const [first, ...more] = recent();
  const got =
    first === undefined ? "none came" : more.length === 0 ? `got ${shown(first)}` : "none like it came";
  const lines = more.length === 0 ? null : recent().slice(0, shownMax).map(shown).join("\n");
  const message = `expected a ${wordsOf(step)}, ${got} (waited ${deadline.timeoutMs} ms)`;
  throw new StepFailure("assertion-failed", message, lines && `Dialogs since the last act:\n${lines}`);
};

async function isMeant(
  { browser, deadline }: StepContext,
  { kind, text, match }: StepOf<"expectDialog">,
  dialog: SeenDialog,
): Promise<boolean> {
  if (kind !== undefined && kind !== dialog.kind) return false;
  if (text === undefined) return true;
  if (match === "regex") return (await matchInPage(browser.tab, text, dialog.message, deadline)) !== null;
  return match === "exact" ? dialog.message === text : dialog.message.includes(text);
}

function wordsOf({ kind, text, match }: StepOf<"expectDialog">): string {
  const what = kind ?? "dialog";
  if (text === undefined) return what;
  const words = { contains: "with", exact: "that says just", regex: "that matches" }[match ?? "contains"];
  return `${what} ${words} ${match === "regex" ? `/${text}/` : JSON.stringify(text)}`;
}

function shown({ kind, message }: SeenDialog): string {
  return `the ${kind} ${JSON.stringify(message.slice(0, 300))}`;
}
