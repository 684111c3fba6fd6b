import type { StepOf } from "../../../db/domain/steps/index.ts";
import { asSource } from "../ask.ts";
import { evaluateIn } from "../evaluate.ts";
import { StepFailure } from "../failure.ts";
import type { StepBehaviour, StepContext } from "./behaviour.ts";
import { isAlikeText } from "./json-alike.ts";
import { isMatch, matchWords, quoted } from "./text-match.ts";

type Step = StepOf<"expectStorage">;
/** `denied`: the document has no storage; else what is kept, null for nothing. */
type Kept = { denied: boolean; value: string | null; keys: string[] };

const pollMs = 100;
const keysShownMax = 20;

export const expectStorage: StepBehaviour<"expectStorage"> = async (context, step) => {
  const { browser, deadline } = context;
  for (;;) {
    const isLast = deadline.isOver;
    const kept = await read(context, step);
    if (kept !== null && !kept.denied) {
      const isMet = kept.value !== null && (await fits(context, step, kept.value));
      if (isMet !== (step.not ?? false)) return {};
    }
    if (isLast) {
      if (kept?.denied) {
        throw new StepFailure(
          "storage-denied",
          `${browser.tab.url} has no storage; open a page of the site first`,
        );
      }
      throw unmet(context, step, kept);
    }
    await deadline.sleep(pollMs);
  }
};

/** Null while the page goes to another document. */
async function read({ browser, deadline }: StepContext, { area, key }: Step): Promise<Kept | null> {
  const { tab } = browser;
  const source = `(() => {
    try {
      const area = ${area ?? "local"}Storage;
      const keys = Array.from({ length: Math.min(area.length, ${keysShownMax}) }, (_, index) => area.key(index).slice(0, 100));
      return { denied: false, value: area.getItem(${asSource(key)}), keys };
    } catch { return { denied: true, value: null, keys: [] }; }
  })()`;
  const realm = await tab.documents.realm("engine", tab.mainFrameId, deadline);
  const evaluated = await evaluateIn(realm, source, deadline);
  return evaluated.gone ? null : (evaluated.result.value as Kept);
}

async function fits(context: StepContext, { value, match, json }: Step, kept: string): Promise<boolean> {
  if (json !== undefined) return isAlikeText(kept, json);
  return value === undefined || isMatch(context, value, match ?? "exact", kept);
}

function unmet({ deadline }: StepContext, step: Step, kept: Kept | null): StepFailure {
  const waited = `(waited ${deadline.timeoutMs} ms)`;
  const got = kept === null || kept.value === null ? "there is nothing" : `got ${quoted(kept.value)}`;
  if (step.not) return new StepFailure("assertion-failed", `expected no ${wordsOf(step)}, ${got} ${waited}`);
  const keys = kept?.keys ?? [];
  return new StepFailure(
    "assertion-failed",
    `expected ${wordsOf(step)}, ${got} ${waited}`,
    keys.length > 0 ? `Keys there:\n${keys.join("\n")}` : "Nothing is kept there.",
  );
}

function wordsOf({ area, key, value, match, json }: Step): string {
  const what =
    json !== undefined
      ? ` with ${JSON.stringify(json).slice(0, 200)} in it`
      : value === undefined
        ? ""
        : ` ${matchWords(value, match ?? "exact")}`;
  return `${key} in ${area ?? "local"} storage${what}`;
}
