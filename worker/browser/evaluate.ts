import type { Protocol } from "puppeteer";
import type { Deadline } from "./deadline.ts";
import type { Realm } from "./documents.ts";
import type { Session } from "./driver/session.ts";
import { StepFailure } from "./failure.ts";

export type Evaluated =
  | {
      gone: false;
      result: Protocol.Runtime.RemoteObject;
      exception: Protocol.Runtime.ExceptionDetails | null;
    }
  /** The document was replaced meanwhile: ask the next one. */
  | { gone: true };

/** The page engine answers on its own when time is up, on a busy machine a little later; only a page that hangs lets this pass. */
const graceMs = 1_500;

/**
 * Evaluates in one document, promises awaited, values copied.
 * @throws StepFailure `page-not-responding` when the page does not answer until a little after the deadline.
 */
export async function evaluateIn(
  realm: Realm,
  expression: string,
  deadline: Deadline,
  options: { returnByValue?: boolean; userGesture?: boolean; timeoutMs?: number } = {},
): Promise<Evaluated> {
  const { returnByValue = true, userGesture = false, timeoutMs } = options;
  try {
    const answer = await deadline.race(
      realm.session.send("Runtime.evaluate", {
        expression,
        uniqueContextId: realm.uniqueId,
        awaitPromise: true,
        returnByValue,
        userGesture,
        ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      }),
      () => notResponding(deadline.timeoutMs),
      realm.session.graceMs ?? graceMs,
    );
    return { gone: false, result: answer.result, exception: answer.exceptionDetails ?? null };
  } catch (error) {
    if (isGone(error)) return { gone: true };
    throw error;
  }
}

export function notResponding(timeoutMs: number): StepFailure {
  return new StepFailure(
    "page-not-responding",
    `the page did not answer within ${timeoutMs} ms; its script may be in an endless loop`,
  );
}

const gone =
  /context was destroyed|cannot find (default execution )?context|uniqueContextId not found|navigated or closed|session closed|session with given id not found|target closed|frame was detached/i;

/** Whether the protocol says that the document, frame or tab does not exist any more. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && gone.test(error.message);
}

/** What the browser says about a command, without the name of the command. */
export function protocolReason(error: Error): string {
  return error.message.replace(/^(?:Protocol error \([\w.]+\): |\w+\.\w+: [a-z ]+: )/, "");
}

/**
 * Sends on a session.
 * @throws StepFailure `page-not-responding` at the deadline.
 */
export function sendWithin<T>(deadline: Deadline, sent: Promise<T>): Promise<T> {
  return deadline.race(sent, () => notResponding(deadline.timeoutMs), graceMs);
}

/** What was thrown in the page, as a line. */
export function exceptionText(details: Protocol.Runtime.ExceptionDetails): string {
  const { exception, text } = details;
  if (exception?.description) return exception.description.split("\n    at ")[0] ?? exception.description;
  if (exception && "value" in exception) return `${text} ${JSON.stringify(exception.value)}`;
  return text;
}

/** Stops a script of the page that does not end by itself; without effect when there is none. */
export function terminate(session: Session): void {
  session.send("Runtime.terminateExecution").catch(() => undefined);
}
