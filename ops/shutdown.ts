import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";

/** Something that runs for long: HTTP server, claim loop, listener, pool. */
export type Part = {
  name: string;
  /** Resolves when it works. `signal` aborts when the process is asked to stop, also while starting. */
  start(signal: AbortSignal): Promise<void> | void;
  /** Called once, in reverse order of starting, also when a later part failed to start. */
  stop(): Promise<void> | void;
};

export type RunOptions = {
  parts: readonly Part[];
  logger: Pick<Logger, "info" | "warn" | "error">;
  /** All parts together have this long to stop; then the process ends without them. */
  stopWithinMs: number;
};

/** The started parts. */
export type Running = {
  /** Resolves after everything stopped, to the exit code. */
  finished: Promise<number>;
  /** Begins to stop; the reason goes to the log. Further calls change nothing. */
  stop(reason: string): void;
};

/**
 * Starts the parts in order and stops them in reverse. A part that fails to start stops those before it, and the
 * exit code is 1.
 */
export function startParts({ parts, logger, stopWithinMs }: RunOptions): Running {
  const asked = new AbortController();
  const started: Part[] = [];
  let exitCode = 0;
  const until = new Promise<void>((resolve) => {
    asked.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const stop = (reason: string) => {
    if (asked.signal.aborted) return;
    logger.info({ event: "stopping", reason });
    asked.abort(new Error(reason));
  };
  const run = async () => {
    try {
      for (const part of parts) {
        if (asked.signal.aborted) break;
        started.push(part);
        await part.start(asked.signal);
      }
      if (!asked.signal.aborted) logger.info({ event: "started", parts: started.map(({ name }) => name) });
      await until;
    } catch (error) {
      if (!asked.signal.aborted) {
        exitCode = 1;
        logger.error({ event: "start-failed", part: started.at(-1)?.name, error });
        asked.abort(error);
      }
    }
    if (!(await stopAll(started, logger, stopWithinMs))) exitCode = 1;
    return exitCode;
  };
  return { finished: run(), stop };
}

/** false when a part did not stop cleanly or in time. */
async function stopAll(
  started: readonly Part[],
  logger: RunOptions["logger"],
  withinMs: number,
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  let isClean = true;
  for (const part of started.toReversed()) {
    const bound = new AbortController();
    const leftMs = Math.max(0, deadline - performance.now());
    const late = delay(leftMs, "late" as const, { signal: bound.signal }).catch(() => "late" as const);
    try {
      const outcome = await Promise.race([Promise.resolve(part.stop()), late]);
      if (outcome === "late") {
        isClean = false;
        logger.warn({ event: "stop-late", part: part.name, withinMs });
      }
    } catch (error) {
      isClean = false;
      logger.error({ event: "stop-failed", part: part.name, error });
    } finally {
      bound.abort();
    }
  }
  logger.info({ event: "stopped", clean: isClean });
  return isClean;
}

/**
 * The life of a process: runs the parts until SIGTERM, SIGINT, the end of the parent that started us with a
 * channel, or an error that nobody caught; then stops them and ends the process.
 */
export async function runUntilStopped(options: RunOptions): Promise<never> {
  const running = startParts(options);
  let failed = false;
  const onFatal = (event: string) => (error: unknown) => {
    failed = true;
    options.logger.error({ event, error });
    running.stop(event);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => running.stop(signal));
  process.on("disconnect", () => running.stop("the parent process is gone"));
  process.on("uncaughtException", onFatal("uncaught-exception"));
  process.on("unhandledRejection", onFatal("unhandled-rejection"));
  const code = await running.finished;
  process.exit(failed ? 1 : code);
}
