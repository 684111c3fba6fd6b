import type { ChildProcess } from "node:child_process";
import type { BrowserOptions } from "../protocol.ts";
import type { Driver } from "./driver.ts";

/** What a browser is started with: on a profile folder of its own, as the leader of a process group. */
export type StartOptions = {
  options: BrowserOptions;
  profile: string;
  environment: Record<string, string>;
  timeoutMs: number;
  /** Ends the start; nothing of the browser is left then. */
  tooLong: AbortSignal;
};

export type Started = { driver: Driver; process: ChildProcess };
