import type { StepOf } from "../../../db/domain/steps/index.ts";
import { matchesAddress } from "../address.ts";
import type { SeenMessage, SeenSockets } from "../sockets.ts";
import type { StepContext } from "./behaviour.ts";
import { isAlikeText } from "./json-alike.ts";
import { isMatch, matchWords, quoted } from "./text-match.ts";

export type WantedMessage = Pick<
  StepOf<"expectWebSocketMessage">,
  "url" | "direction" | "text" | "match" | "json"
>;

const pollMs = 100;
const shownMax = 15;

/** What the sockets of the page have gone through since the last act; nothing while it has no document. */
export async function recentSockets({ browser, deadline }: StepContext): Promise<SeenSockets> {
  await browser.sockets.begin(browser.openTabs);
  return browser.sockets.seen(browser.tab, browser.witness.actedAt, deadline);
}

/** The first message that is as wanted, waited for until the deadline; null when none comes, with all that came instead. */
export async function awaitMessage(
  context: StepContext,
  wanted: WantedMessage,
  until = context.deadline,
): Promise<{ found: SeenMessage | null; seen: SeenSockets }> {
  for (;;) {
    const isLast = until.isOver;
    const seen = await recentSockets(context);
    for (const message of seen.messages) {
      if (await isWanted(context, wanted, message)) return { found: message, seen };
    }
    if (isLast) return { found: null, seen };
    await until.sleep(pollMs);
  }
}

async function isWanted(context: StepContext, wanted: WantedMessage, message: SeenMessage): Promise<boolean> {
  const { url, direction = "received", text, match, json } = wanted;
  if (message.direction !== direction) return false;
  if (url !== undefined && !matchesAddress(url, message.url)) return false;
  if (text === undefined && json === undefined) return true;
  if (message.text === null) return false;
  if (json !== undefined) return isAlikeText(message.text, json);
  return text === undefined || isMatch(context, text, match ?? "contains", message.text);
}

/** `message with "a" from /chat` */
export function messageWords({ url, direction, text, match, json }: WantedMessage): string {
  const content =
    json !== undefined
      ? ` with ${JSON.stringify(json).slice(0, 200)} in it`
      : text === undefined
        ? ""
        : ` ${matchWords(text, match ?? "contains")}`;
  const way = direction === "sent" ? "to" : "from";
  return `message${content} ${way} ${url ?? "a WebSocket"}`;
}

/** What came instead, for the reader of a failure. */
export function listMessages({ open, messages }: SeenSockets): string {
  const sockets =
    open.length === 0 ? "No WebSocket is open." : `Open WebSockets: ${open.slice(0, 5).join(", ")}`;
  if (messages.length === 0) return `${sockets}\nNo message has come or gone since the last act.`;
  const lines = messages.slice(-shownMax).map(shown);
  const more = messages.length - lines.length;
  return [sockets, "Messages since the last act:", ...(more > 0 ? [`… ${more} before`] : []), ...lines].join(
    "\n",
  );
}

export function shown({ direction, url, text, bytes }: SeenMessage): string {
  const what = text === null ? `${bytes} bytes that are no text` : quoted(text, 300);
  return `${direction} ${what} (${url.slice(0, 200)})`;
}
