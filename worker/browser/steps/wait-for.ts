import type { StepOf } from "../../../db/domain/steps/index.ts";
import { askPage, seek } from "../engine.ts";
import { StepFailure } from "../failure.ts";
import { release } from "../frames.ts";
import type { Want } from "../page/contract.ts";
import { runUntilTrue } from "../script.ts";
import type { StepBehaviour, StepResult } from "./behaviour.ts";

export const waitFor: StepBehaviour<"waitFor"> = async (context, step) => {
  const { browser, deadline } = context;
  const result: StepResult = {};
  if (step.ms !== undefined) {
    const fits = step.ms <= deadline.remainingMs();
    await deadline.sleep(step.ms);
    if (!fits) {
      throw new StepFailure("timeout", `${step.ms} ms are longer than the step's ${deadline.timeoutMs} ms`);
    }
  }
  if (step.url !== undefined) {
    const match = step.url.includes("*") ? "pattern" : "contains";
    await askPage(browser.tab, { kind: "url", expected: { url: step.url, match }, not: false }, deadline);
  }
  if (step.function !== undefined) await runUntilTrue(browser.tab, step.function, deadline);
  if (step.target !== undefined) {
    const found = await seek(browser.tab, step.target, wantOf(step), deadline);
    release(found.place);
    result.target = found.target;
  }
  return result;
};

function wantOf(step: StepOf<"waitFor">): Want {
  const { state, count, comparison, attributes, properties } = step;
  const isCount = count !== undefined || comparison !== undefined;
  const isMatching = attributes !== undefined || properties !== undefined || (isCount && state !== undefined);
  if (!isMatching && !isCount) return { kind: "state", state: state ?? "visible", not: false };
  const wanted = count ?? 1;
  // Said nothing about, an element is enough; a given count is meant exactly.
  const compare = comparison ?? (count === undefined ? ">=" : "==");
  if (!isMatching) return { kind: "count", comparison: compare, count: wanted, not: false };
  return {
    kind: "matching",
    attributes: attributes ?? {},
    properties: properties ?? {},
    visible: state === "visible" ? true : state === "hidden" ? false : null,
    comparison: state === "detached" && !isCount ? "==" : compare,
    count: state === "detached" && !isCount ? 0 : wanted,
  };
}
