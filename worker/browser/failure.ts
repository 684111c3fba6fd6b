import type { Failure, ResolvedTarget } from "../../db/domain/events.ts";
import type { AttemptOutcome } from "./protocol.ts";

/** Trouble of the test or of the page under test: the step fails. */
export class StepFailure extends Error {
  readonly code: string;
  readonly detail: string | null;
  /** The element that the step was about, where it was found and would not do. */
  readonly target: ResolvedTarget | null;
  /** What was wanted of the network, when that is what did not work. */
  readonly wanted: Wanted | null;

  constructor(code: string, message: string, detail: string | null = null, options: StepFailureOptions = {}) {
    super(message, options);
    this.target = options.target ?? null;
    this.name = "StepFailure";
    this.code = code;
    this.detail = detail;
    this.wanted = options.wanted ?? null;
  }
}

/** `what` is the message without its reason: whoever knows a better one can say it. */
type Wanted = { url: string; what: string };
type StepFailureOptions = ErrorOptions & { target?: ResolvedTarget | null; wanted?: Wanted };

/** Trouble of ours or of the environment: the attempt ends as `error` and says nothing about the page. */
export class AttemptFault extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AttemptFault";
    this.code = code;
  }
}

/** The process of a page went away. */
export class PageCrash extends AttemptFault {
  readonly url: string;

  constructor(url: string) {
    super("page-crashed", `the process of a page crashed (${url})`);
    this.name = "PageCrash";
    this.url = url;
  }
}

/** What a failure of a step really is when a service of the browser has died under the attempt; null when none has. */
export function serviceFault(
  loss: { service: string } | null,
  { message }: StepFailure,
): AttemptFault | null {
  if (loss === null) return null;
  const lost = `a part of the browser crashed or was killed, the ${loss.service}`;
  return new AttemptFault(
    "browser-service-lost",
    `${lost}: what the page did then is not its own (${message})`,
  );
}

/** Why an attempt stops between two of its own acts: it was told to, its time is up, or its browser is gone. */
export class AttemptEnd extends Error {
  readonly status: AttemptOutcome["status"];
  readonly code: string;

  constructor(status: AttemptOutcome["status"], code: string, message: string) {
    super(message);
    this.name = "AttemptEnd";
    this.status = status;
    this.code = code;
  }
}

/** The failure that a person reads, from anything thrown on the way. */
export function failureOf(error: unknown, step: number | null): Failure {
  if (error instanceof StepFailure) {
    return { code: error.code, message: error.message, detail: error.detail, step };
  }
  if (error instanceof AttemptEnd || error instanceof AttemptFault) {
    return { code: error.code, message: error.message, detail: null, step };
  }
  const detail = error instanceof Error ? (error.stack ?? null) : null;
  return { code: "runner-fault", message: `the runner failed: ${textOf(error)}`, detail, step };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
