import type { Protocol } from "puppeteer";
import type { EventBody } from "../../db/domain/events.ts";
import { isAddressAllowed } from "./address.ts";
import { consoleText } from "./console-text.ts";
import type { Session } from "./driver/session.ts";
import { exceptionText } from "./evaluate.ts";
import type { Outbox } from "./outbox.ts";
import type { Tab } from "./tab.ts";
import type { SeenResponse, Witness } from "./witness.ts";

/** What the browser keeps of bodies for a test that asks about them. */
const bufferBytesMax = 16_000_000;
const resourceBytesMax = 2_000_000;
const postBytesMax = 64_000;
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

export type CaptureOptions = {
  fetchesBodies: boolean;
  /** Why a request really failed, where somebody knows better than the browser. */
  reasonOf: (url: string, error: string) => string | null;
};

/** Turns what one session of a tab tells into events. The commands that make it tell are returned. */
export function captureSession(
  session: Session,
  tab: Tab,
  isRoot: boolean,
  outbox: Outbox,
  witness: Witness,
  { fetchesBodies, reasonOf }: CaptureOptions,
): Promise<unknown>[] {
  captureConsole(session, tab, outbox, witness);
  captureRequests(session, outbox, witness, reasonOf);
  if (isRoot) captureNavigations(session, tab, outbox);
  return [
    // No bodies are kept in the browser where nobody reads them.
    session.send("Network.enable", {
      maxTotalBufferSize: witness.keepsBodies || fetchesBodies ? bufferBytesMax : 0,
      maxResourceBufferSize: witness.keepsBodies || fetchesBodies ? resourceBytesMax : 0,
      ...(fetchesBodies ? { maxPostDataSize: postBytesMax } : {}),
    }),
    session.send("Log.enable"),
  ];
}

function captureConsole(session: Session, tab: Tab, outbox: Outbox, witness: Witness): void {
  session.on("Runtime.consoleAPICalled", ({ type, args, stackTrace, executionContextId }) => {
    for (const { objectId } of args) {
      if (objectId) session.send("Runtime.releaseObject", { objectId }).catch(() => undefined);
    }
    if (type === "clear" || type === "endGroup") return;
    if (tab.documents.isEngine(session, executionContextId)) return;
    const frame = stackTrace?.callFrames[0];
    const level = consoleLevels[type] ?? "info";
    const text = consoleText(args);
    if (level === "error") witness.consoleError(text);
    outbox.emit({
      type: "console",
      level,
      text,
      url: frame?.url ? short(frame.url) : null,
      line: frame ? frame.lineNumber + 1 : null,
    });
  });
  session.on("Runtime.exceptionThrown", ({ exceptionDetails }) => {
    const { executionContextId, exception } = exceptionDetails;
    if (executionContextId !== undefined && tab.documents.isEngine(session, executionContextId)) return;
    const message = exceptionText(exceptionDetails);
    witness.pageError(message);
    outbox.emit({
      type: "page-error",
      message,
      stack: exception?.description ?? null,
    });
  });
  session.on("Log.entryAdded", ({ entry }) => {
    // What the network has to say comes with its address and status below.
    if (entry.source === "network") return;
    if (entry.level === "error") witness.consoleError(entry.text);
    outbox.emit({
      type: "console",
      level: logLevels[entry.level],
      text: entry.text,
      url: entry.url ? short(entry.url) : null,
      line: entry.lineNumber === undefined ? null : entry.lineNumber + 1,
    });
  });
}

function captureRequests(
  session: Session,
  outbox: Outbox,
  witness: Witness,
  reasonOf: CaptureOptions["reasonOf"],
): void {
  const unread = new Map<string, SeenResponse>();
  session.on("Network.requestWillBeSent", ({ requestId, request, type, redirectResponse }) => {
    const before = witness.requestOf(session, requestId);
    if (redirectResponse && before) witness.answered(before, redirectResponse.status, true);
    const url = request.url + (request.urlFragment ?? "");
    witness.sent(session, requestId, request.method, url, type);
  });
  session.on("Network.loadingFinished", ({ requestId }) => {
    witness.ended(session, requestId);
    const response = unread.get(requestId);
    if (!response) return;
    unread.delete(requestId);
    session.send("Network.getResponseBody", { requestId }).then(
      ({ body, base64Encoded }) => witness.gotBody(response, base64Encoded ? null : body),
      () => witness.gotBody(response, null),
    );
  });
  session.on("Network.responseReceived", ({ requestId, response, type }) => {
    const request = witness.requestOf(session, requestId);
    if (request) {
      const seen = witness.answered(request, response.status, false);
      if (witness.keepsBodies) unread.set(requestId, seen);
    }
    if (response.status < 400) return;
    report(requestId, type, `${response.status} ${response.statusText}`.trim(), response.status);
  });
  session.on("Network.loadingFailed", ({ requestId, type, errorText, canceled, blockedReason }) => {
    // Left behind by a navigation, or taken back by the page itself.
    if (!canceled) {
      const url = witness.requestOf(session, requestId)?.url ?? "";
      const better = reasonOf(url, errorText);
      const reason = blockedReason ? `${errorText} (${blockedReason})` : errorText;
      report(requestId, type, better ?? reason, null);
    }
    witness.ended(session, requestId);
    const response = unread.get(requestId);
    unread.delete(requestId);
    if (response) witness.gotBody(response, null);
  });

  function report(requestId: string, type: string, reason: string, status: number | null): void {
    const request = witness.requestOf(session, requestId);
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

function captureNavigations(session: Session, tab: Tab, outbox: Outbox): void {
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
