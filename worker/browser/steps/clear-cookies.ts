import { sendWithin } from "../evaluate.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const clearCookies: StepBehaviour<"clearCookies"> = async ({ browser, deadline }, step) => {
  const { context } = browser;
  const cookies = await sendWithin(deadline, context.cookies());
  const wanted = step.domain?.replace(/^\./, "");
  const meant = cookies.filter(({ name, domain }) => {
    const host = domain.replace(/^\./, "");
    const isOfDomain = wanted === undefined || host === wanted || host.endsWith(`.${wanted}`);
    return isOfDomain && (step.cookie === undefined || name === step.cookie);
  });
  if (meant.length > 0) await sendWithin(deadline, context.deleteCookie(...meant));
  return {};
};
