import type { Protocol } from "puppeteer";
import type { Log, Script } from "webdriver-bidi-protocol";
import { described, exceptionOf } from "./remote-value.ts";
import type { FirefoxSession } from "./session.ts";

type ConsoleType = Protocol.Runtime.ConsoleAPICalledEvent["type"];

const consoleTypes: Record<string, ConsoleType> = {
  error: "error",
  assert: "assert",
  warn: "warning",
  debug: "debug",
  trace: "trace",
};

/** What a page logs, and what its scripts throw and do not catch. */
export function tellLog(session: FirefoxSession, entry: Log.Entry): void {
  const executionContextId = session.realms.numberOf(entry.source.realm);
  const stackTrace = stackOf(entry.stackTrace);
  if (entry.type === "console" && "args" in entry) {
    session.emit("Runtime.consoleAPICalled", {
      type: consoleTypes[entry.method] ?? "log",
      args: entry.args.map(described),
      executionContextId,
      timestamp: entry.timestamp,
      ...stackTrace,
    });
    return;
  }
  const text = entry.text ?? "";
  const [frame] = entry.stackTrace?.callFrames ?? [];
  if (entry.type === "javascript" && entry.level === "error") {
    const details = exceptionOf({
      text,
      exception: { type: "error" },
      lineNumber: frame?.lineNumber ?? 0,
      columnNumber: frame?.columnNumber ?? 0,
      stackTrace: entry.stackTrace ?? { callFrames: [] },
    });
    session.emit("Runtime.exceptionThrown", {
      timestamp: entry.timestamp,
      exceptionDetails: { ...details, executionContextId },
    });
    return;
  }
  session.emit("Log.entryAdded", {
    entry: {
      source: "other",
      level: entry.level === "warn" ? "warning" : entry.level === "debug" ? "verbose" : entry.level,
      text,
      timestamp: entry.timestamp,
      ...(frame ? { url: frame.url, lineNumber: frame.lineNumber } : {}),
    },
  });
}

function stackOf(stack: Script.StackTrace | undefined): { stackTrace?: Protocol.Runtime.StackTrace } {
  if (!stack) return {};
  const callFrames = stack.callFrames.map((frame) => ({ ...frame, scriptId: "" }));
  return { stackTrace: { callFrames } };
}
