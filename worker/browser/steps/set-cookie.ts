import type { CookieData } from "puppeteer";
import type { StepOf } from "../../../db/domain/steps/index.ts";
import { resolveHttpAddress } from "../address.ts";
import { StepFailure } from "../failure.ts";
import { setCookies } from "../sign-in-state.ts";
import type { StepBehaviour, StepContext } from "./behaviour.ts";

export const setCookie: StepBehaviour<"setCookie"> = async (context, step) => {
  const { browser, deadline } = context;
  const site = step.domain === undefined ? siteOf(context, step) : null;
  const cookie: CookieData = {
    name: step.cookie,
    value: step.value,
    domain: step.domain ?? site?.hostname ?? "",
    path: step.path ?? "/",
    secure: step.secure ?? site?.protocol === "https:",
    ...(step.httpOnly === undefined ? {} : { httpOnly: step.httpOnly }),
    ...(step.sameSite === undefined ? {} : { sameSite: step.sameSite }),
    ...(step.expiresInSeconds === undefined
      ? {}
      : { expires: Math.floor(browser.emulation.time / 1_000) + step.expiresInSeconds }),
  };
  await setCookies(browser.context, [cookie], deadline);
  return {};
};

/** The site that is named, else that of the page, else that of the environment. */
function siteOf({ browser, baseUrl }: StepContext, { url }: StepOf<"setCookie">): URL {
  if (url !== undefined) return resolveHttpAddress(url, baseUrl);
  const page = URL.parse(browser.openTab?.url ?? "");
  if (page && /^https?:$/.test(page.protocol)) return page;
  if (baseUrl !== null) return resolveHttpAddress(baseUrl, null);
  throw new StepFailure("no-site", "no page is open whose cookie it could be; say url or domain");
}
