import type { CDPSession, Protocol } from "puppeteer";
import type { EventBody } from "../../db/domain/events.ts";
import { isAddressAllowed } from "./address.ts";
import { consoleText } from "./console-text.ts";
import { exceptionText } from "./evaluate.ts";
import type { Outbox } from "./outbox.ts";
import type { Tab } from "./tab.ts";

/** Requests under way of which we remember the address, per session. */
const requestsMax = 2_000;
const urlCharsMax = 2_000;

type Level = Extract<EventBody, { type: "console" }>["level"];

const consoleLevels: Partial<Record<Protocol.Runtime.ConsoleAPICalledEvent["type"], Level>> = {
  error: "error",
  assert: "error",
  warning: "warning",
  debug: "debug",
  trace: "debug",
};

const logLevels: Record<Protocol.Log.LogEntry["level"], Level> = {
  verbose: "debug",
  info: "info",
  warning: "warning",
  error: "error",
};

/** Turns what one session of a tab tells into events. The commands that make it tell are returned. */
export function captureSession(
  session: CDPSession,
  tab: Tab,
  isRoot: boolean,
  outbox: Outbox,
): Promise<unknown>[] {
  captureConsole(session, tab, outbox);
  captureRequests(session, outbox);
  if (isRoot) captureNavigations(session, tab, outbox);
  return [
    // No bodies are kept in the browser: nobody reads them.
    session.send("Network.enable", { maxTotalBufferSize: 0, maxResourceBufferSize: 0 }),
    session.send("Log.enable"),
  ];
}

function captureConsole(session: CDPSession, tab: Tab, outbox: Outbox): void {
  session.on("Runtime.consoleAPICalled", ({ type, args, stackTrace, executionContextId }) => {
    for (const { objectId } of args) {
      if (objectId) session.send("Runtime.releaseObject", { objectId }).catch(() => undefined);
    }
    if (type === "clear" || type === "endGroup") return;
    if (tab.documents.isEngine(session, executionContextId)) return;
    const frame = stackTrace?.callFrames[0];
    outbox.emit({
      type: "console",
      level: consoleLevels[type] ?? "info",
      text: consoleText(args),
      url: frame?.url ? short(frame.url) : null,
      line: frame ? frame.lineNumber + 1 : null,
    });
  });
  session.on("Runtime.exceptionThrown", ({ exceptionDetails }) => {
    const { executionContextId, exception } = exceptionDetails;
    if (executionContextId !== undefined && tab.documents.isEngine(session, executionContextId)) return;
    outbox.emit({
      type: "page-error",
      message: exceptionText(exceptionDetails),
      stack: exception?.description ?? null,
    });
  });
  session.on("Log.entryAdded", ({ entry }) => {
    // What the network has to say comes with its address and status below.
    if (entry.source === "network") return;
    outbox.emit({
      type: "console",
      level: logLevels[entry.level],
      text: entry.text,
      url: entry.url ? short(entry.url) : null,
      line: entry.lineNumber === undefined ? null : entry.lineNumber + 1,
    });
  });
}

type Underway = { method: string; url: string };

function captureRequests(session: CDPSession, outbox: Outbox): void {
  const underway = new Map<string, Underway>();
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    if (underway.size >= requestsMax) {
      const oldest = underway.keys().next();
      if (!oldest.done) underway.delete(oldest.value);
    }
    underway.set(requestId, { method: request.method, url: request.url + (request.urlFragment ?? "") });
  });
  session.on("Network.loadingFinished", ({ requestId }) => void underway.delete(requestId));
  session.on("Network.responseReceived", ({ requestId, response, type }) => {
    if (response.status < 400) return;
    report(requestId, type, `${response.status} ${response.statusText}`.trim(), response.status);
  });
  session.on("Network.loadingFailed", ({ requestId, type, errorText, canceled, blockedReason }) => {
    // Left behind by a navigation, or taken back by the page itself.
    if (!canceled)
      report(requestId, type, blockedReason ? `${errorText} (${blockedReason})` : errorText, null);
    underway.delete(requestId);
  });

  function report(requestId: string, type: string, reason: string, status: number | null): void {
    const request = underway.get(requestId);
    if (!request || isOwnFavicon(type, request.url)) return;
    outbox.emit({
      type: "request-failed",
      method: request.method,
      url: short(request.url),
      resourceType: type.toLowerCase(),
      reason,
      status,
    });
  }
}

/** Chromium asks for it by itself; that a site has none is no fault. */
function isOwnFavicon(type: string, url: string): boolean {
  return type === "Other" && URL.parse(url)?.pathname === "/favicon.ico";
}

function captureNavigations(session: CDPSession, tab: Tab, outbox: Outbox): void {
  session.on("Page.frameNavigated", ({ frame }) => {
    if (frame.parentId !== undefined) return;
    const url = `${frame.url}${frame.urlFragment ?? ""}`;
    if (!isAddressAllowed(frame.url)) {
      outbox.emit({ type: "log", level: "error", text: `refused to stay at ${short(url)}` });
      session.send("Page.navigate", { url: "about:blank" }).catch(() => undefined);
      return;
    }
    if (frame.url !== "about:blank" && frame.unreachableUrl === undefined) {
      outbox.emit({ type: "navigation", url: short(url) });
    }
  });
  session.on("Page.navigatedWithinDocument", ({ frameId, url }) => {
    if (frameId === tab.mainFrameId) outbox.emit({ type: "navigation", url: short(url) });
  });
}

function short(url: string): string {
  return url.length <= urlCharsMax ? url : `${url.slice(0, urlCharsMax)}…`;
}
