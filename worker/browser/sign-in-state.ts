import type { CookieData } from "puppeteer";
import { z } from "zod";
import { limits } from "../../db/domain/limits.ts";
import { asSource } from "./ask.ts";
import type { Deadline } from "./deadline.ts";
import type { DriverContext, DriverPage } from "./driver/driver.ts";
import type { Session } from "./driver/session.ts";
import { evaluateIn, protocolReason, sendWithin } from "./evaluate.ts";
import { StepFailure } from "./failure.ts";
import type { Tab } from "./tab.ts";

const originsMax = 20;

/** The format in which Playwright keeps the same. */
const stateSchema = z.object({
  cookies: z
    .array(
      z.object({
        name: z.string(),
        value: z.string(),
        domain: z.string(),
        path: z.string().default("/"),
        expires: z.number().default(-1),
        httpOnly: z.boolean().default(false),
        secure: z.boolean().default(false),
        sameSite: z.enum(["Strict", "Lax", "None"]).optional(),
      }),
    )
    .default([]),
  origins: z
    .array(
      z.object({
        origin: z.string().regex(/^https?:\/\//, "an origin begins with http:// or https://"),
        localStorage: z.array(z.object({ name: z.string(), value: z.string() })),
      }),
    )
    .max(originsMax)
    .default([]),
});
type State = z.output<typeof stateSchema>;

/** The cookies of the context and what the sites that are open keep in local storage, as JSON. @throws StepFailure `too-large`. */
export async function readState(
  context: DriverContext,
  tabs: readonly Tab[],
  deadline: Deadline,
): Promise<{ text: string; summary: string }> {
  const cookies = await sendWithin(deadline, context.cookies());
  const origins = new Map<string, State["origins"][number]>();
  for (const tab of tabs) {
    for (const found of await storageOf(tab, deadline)) origins.set(found.origin, found);
  }
  const state: State = {
    cookies: cookies.map((cookie) => ({
      name: cookie.name,
      value: cookie.value,
      domain: cookie.domain,
      path: cookie.path,
      expires: cookie.expires,
      httpOnly: cookie.httpOnly ?? false,
      secure: cookie.secure,
      ...(cookie.sameSite === undefined || cookie.sameSite === "Default"
        ? {}
        : { sameSite: cookie.sameSite }),
    })),
    origins: [...origins.values()].slice(0, originsMax),
  };
  const text = JSON.stringify(state);
  if (text.length > limits.savedStateBytesMax) {
    const message = `the state has ${text.length} characters; at most ${limits.savedStateBytesMax} are kept`;
    throw new StepFailure("too-large", message);
  }
  return { text, summary: `${state.cookies.length} cookies, storage of ${state.origins.length} sites` };
}

async function storageOf(tab: Tab, deadline: Deadline): Promise<State["origins"]> {
  const source = `(() => {
    try {
      if (!/^https?:$/.test(location.protocol) || localStorage.length === 0) return null;
      // Spread out, it would lack what is called like one of its methods, such as "key".
      const names = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index));
      return { origin: location.origin, localStorage: names.map((name) => ({ name, value: localStorage.getItem(name) })) };
    } catch { return null; }
  })()`;
  const found: State["origins"] = [];
  for (const realm of tab.documents.present("engine")) {
    const evaluated = await evaluateIn(realm, source, deadline);
    const value: unknown = evaluated.gone ? null : evaluated.result.value;
    if (value !== null && value !== undefined) found.push(value as State["origins"][number]);
  }
  return found;
}

/** @throws StepFailure `invalid-state` that says what is wrong with the text. */
export function parseState(text: string): State {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StepFailure("invalid-state", "the state is no JSON; a saveState step makes one");
  }
  const result = stateSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = issue?.path.map(String).join(".") || "the whole";
  throw new StepFailure(
    "invalid-state",
    `the state can't be used: ${at}: ${issue?.message ?? "it is wrong"}`,
  );
}

/** Sets the cookies, and the storage of each site by a page of that site that nobody sees and no server is asked for. */
export async function applyState(
  context: DriverContext,
  state: State,
  openPage: () => Promise<DriverPage>,
  deadline: Deadline,
): Promise<void> {
  if (state.cookies.length > 0) await setCookies(context, state.cookies.map(cookieOf), deadline);
  if (state.origins.length === 0) return;
  const page = await sendWithin(deadline, openPage());
  try {
    const session = await sendWithin(deadline, page.openSession());
    session.on("Fetch.requestPaused", ({ requestId }) => {
      const answer = { requestId, responseCode: 200, body: "" };
      session.send("Fetch.fulfillRequest", answer).catch(() => undefined);
    });
    await sendWithin(deadline, session.send("Fetch.enable", { patterns: [{ urlPattern: "*" }] }));
    for (const { origin, localStorage } of state.origins) await fill(session, origin, localStorage, deadline);
  } finally {
    await page.close().catch(() => undefined);
  }
}

async function fill(
  session: Session,
  origin: string,
  items: State["origins"][number]["localStorage"],
  deadline: Deadline,
): Promise<void> {
  const { errorText } = await sendWithin(deadline, session.send("Page.navigate", { url: `${origin}/` }));
  if (errorText)
    throw new StepFailure("invalid-state", `the storage of ${origin} can't be set: ${errorText}`);
  const expression = `(() => {
    if (location.origin !== ${asSource(origin)}) throw new Error("at " + location.origin);
    for (const { name, value } of ${asSource(items)}) localStorage.setItem(name, value);
  })()`;
  const { exceptionDetails } = await sendWithin(deadline, session.send("Runtime.evaluate", { expression }));
  if (!exceptionDetails) return;
  const reason = exceptionDetails.exception?.description?.split("\n")[0] ?? exceptionDetails.text;
  throw new StepFailure("invalid-state", `the storage of ${origin} can't be set: ${reason}`);
}

function cookieOf({ expires, sameSite, ...cookie }: State["cookies"][number]): CookieData {
  return {
    ...cookie,
    ...(expires > 0 ? { expires } : {}),
    ...(sameSite === undefined ? {} : { sameSite }),
  };
}

/** @throws StepFailure `invalid-cookie` when the browser refuses one. */
export async function setCookies(
  context: DriverContext,
  cookies: readonly CookieData[],
  deadline: Deadline,
): Promise<void> {
  try {
    await sendWithin(deadline, context.setCookie(...cookies));
  } catch (error) {
    if (!(error instanceof Error) || !/cookie|invalid|sanitiz/i.test(error.message)) throw error;
    const names = cookies.map(({ name }) => name).join(", ");
    throw new StepFailure(
      "invalid-cookie",
      `the browser refuses the cookie ${names}: ${protocolReason(error)}`,
    );
  }
}
