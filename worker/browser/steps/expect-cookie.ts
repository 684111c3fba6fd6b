import type { Cookie } from "puppeteer";
import type { StepOf } from "../../../db/domain/steps/index.ts";
import { sendWithin } from "../evaluate.ts";
import { StepFailure } from "../failure.ts";
import type { StepBehaviour, StepContext } from "./behaviour.ts";
import { isMatch, matchWords, quoted } from "./text-match.ts";

type Step = StepOf<"expectCookie">;

const pollMs = 100;
const shownMax = 20;
const traits = ["path", "httpOnly", "secure", "sameSite", "session"] as const;
type Trait = (typeof traits)[number];

export const expectCookie: StepBehaviour<"expectCookie"> = async (context, step) => {
  const { deadline } = context;
  for (;;) {
    const isLast = deadline.isOver;
    const ofSite = await cookiesOf(context, step);
    const found = await firstFit(context, step, ofSite);
    if ((found === null) === (step.not ?? false)) return {};
    if (isLast) throw unmet(context, step, ofSite, found);
    await deadline.sleep(pollMs);
  }
};

/** Those of the domain that is named, else those that the page's site is sent. */
async function cookiesOf({ browser, deadline }: StepContext, { domain }: Step): Promise<Cookie[]> {
  const cookies = await sendWithin(deadline, browser.context.cookies());
  const host = URL.parse(browser.openTab?.url ?? "")?.hostname ?? "";
  const wanted = domain?.replace(/^\./, "");
  return cookies.filter((cookie) => {
    const owner = cookie.domain.replace(/^\./, "");
    return wanted === undefined ? host === owner || host.endsWith(`.${owner}`) : owner === wanted;
  });
}

async function firstFit(
  context: StepContext,
  step: Step,
  cookies: readonly Cookie[],
): Promise<Cookie | null> {
  for (const cookie of cookies) {
    if (cookie.name !== step.cookie) continue;
    if (traits.some((trait) => step[trait] !== undefined && step[trait] !== traitOf(cookie, trait))) continue;
    if (
      step.value === undefined ||
      (await isMatch(context, step.value, step.match ?? "exact", cookie.value))
    ) {
      return cookie;
    }
  }
  return null;
}

/** A browser that says nothing about other sites means Lax. */
function traitOf(cookie: Cookie, trait: Trait): unknown {
  const value = cookie[trait];
  return trait === "sameSite" && (value === undefined || value === "Default") ? "Lax" : value;
}

function unmet({ deadline }: StepContext, step: Step, ofSite: readonly Cookie[], found: Cookie | null) {
  const waited = `(waited ${deadline.timeoutMs} ms)`;
  if (found)
    return new StepFailure(
      "assertion-failed",
      `expected no ${wordsOf(step)}, got ${shown(step, found)} ${waited}`,
    );
  const named = ofSite.filter(({ name }) => name === step.cookie);
  const got =
    named.length > 0
      ? `got ${named.map((cookie) => shown(step, cookie)).join(", ")}`
      : "there is none of this name";
  const names = ofSite.slice(0, shownMax).map(({ name, domain, path }) => `${name} (${domain}${path})`);
  return new StepFailure(
    "assertion-failed",
    `expected a ${wordsOf(step)}, ${got} ${waited}`,
    names.length > 0 ? `Cookies there:\n${names.join("\n")}` : "There are no cookies there.",
  );
}

function wordsOf(step: Step): string {
  const value = step.value === undefined ? "" : ` ${matchWords(step.value, step.match ?? "exact")}`;
  const of = step.domain === undefined ? "" : ` of ${step.domain}`;
  return `cookie ${step.cookie}${value}${of}${traitWords(step, (trait) => step[trait])}`;
}

/** Its value, and of the rest what was asked about. */
function shown(step: Step, cookie: Cookie): string {
  return `${quoted(cookie.value)}${traitWords(step, (trait) => traitOf(cookie, trait))}`;
}

function traitWords(step: Step, said: (trait: Trait) => unknown): string {
  const words = traits.filter((trait) => step[trait] !== undefined).map((trait) => `${trait} ${said(trait)}`);
  return words.length > 0 ? ` (${words.join(", ")})` : "";
}
