import type { Protocol } from "puppeteer";
import { limits } from "../../db/domain/limits.ts";
import type { Session } from "./driver/session.ts";
import { AttemptEnd } from "./failure.ts";

/**
 * Ends an attempt whose pages say or open more than any test needs: what they send waits in the browser and in our thread,
 * which the attempts beside it share.
 */
export class Floods {
  readonly #onFlood: (end: AttemptEnd) => void;
  #lines = 0;
  #chars = 0;
  #dialogs = 0;
  #tabs = 0;

  /** @param onFlood told once for everything that a flood brings after its bound */
  constructor(onFlood: (end: AttemptEnd) => void) {
    this.#onFlood = onFlood;
  }

  /** Counts what the pages of a session write to the console, and the errors that they do not catch. */
  watch(session: Session): void {
    session.on("Runtime.consoleAPICalled", ({ args }) => {
      this.#wrote(args.reduce((sum, arg) => sum + charsOf(arg), 0));
    });
    session.on("Runtime.exceptionThrown", ({ exceptionDetails: { text, exception } }) => {
      this.#wrote(text.length + (exception ? charsOf(exception) : 0));
    });
    session.on("Log.entryAdded", ({ entry }) => this.#wrote(entry.text.length));
  }

  dialog(): void {
    if (++this.#dialogs !== limits.dialogsPerAttemptMax + 1) return;
    this.#end("dialog-flood", `the page opened more than ${limits.dialogsPerAttemptMax} dialogs`);
  }

  /** A tab that was closed because the attempt had its fill of them. */
  tab(): void {
    if (++this.#tabs !== limits.tabsRefusedMax + 1) return;
    const most = limits.pagesPerAttemptMax + limits.tabsRefusedMax;
    this.#end("tab-flood", `the page opened more than ${most} tabs`);
  }

  #wrote(chars: number): void {
    const isOver = this.#isOver;
    this.#lines++;
    this.#chars += chars;
    if (isOver || !this.#isOver) return;
    const { consoleLinesMax, consoleCharsMax } = limits;
    const most = this.#lines > consoleLinesMax ? `${consoleLinesMax} lines` : `${consoleCharsMax} characters`;
    this.#end("console-flood", `the page wrote more than ${most} to its console`);
  }

  get #isOver(): boolean {
    return this.#lines > limits.consoleLinesMax || this.#chars > limits.consoleCharsMax;
  }

  #end(code: string, message: string): void {
    this.#onFlood(new AttemptEnd("failed", code, message));
  }
}

function charsOf({ value, description }: Protocol.Runtime.RemoteObject): number {
  return typeof value === "string" ? value.length : (description?.length ?? 0);
}
