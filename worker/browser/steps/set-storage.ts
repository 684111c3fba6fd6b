import { asSource } from "../ask.ts";
import { evaluateIn, exceptionText } from "../evaluate.ts";
import { StepFailure } from "../failure.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const setStorage: StepBehaviour<"setStorage"> = async ({ browser, deadline }, step) => {
  const { tab } = browser;
  const area = step.area === "session" ? "sessionStorage" : "localStorage";
  const { key, value } = step;
  const lines = [
    step.clear ? `${area}.clear();` : "",
    key === undefined
      ? ""
      : value === undefined
        ? `${area}.removeItem(${asSource(key)});`
        : `${area}.setItem(${asSource(key)}, ${asSource(value)});`,
  ];
  const realm = await tab.documents.realm("engine", tab.mainFrameId, deadline);
  const evaluated = await evaluateIn(realm, `{ ${lines.join(" ")} }`, deadline);
  if (evaluated.gone) throw new StepFailure("storage-denied", "the page went to another document meanwhile");
  if (!evaluated.exception) return {};
  const reason = exceptionText(evaluated.exception);
  throw new StepFailure(
    "storage-denied",
    /SecurityError|denied/i.test(reason)
      ? `${tab.url} has no storage; open a page of the site first`
      : `the storage did not take it: ${reason}`,
  );
};
