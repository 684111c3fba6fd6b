import { setMaxListeners } from "node:events";
import type { MessagePort } from "node:worker_threads";
import { AttemptClock } from "./attempt-clock.ts";
import { AttemptBaselines } from "./baselines.ts";
import { type Lease, leaseBrowser } from "./browsers.ts";
import { AttemptContext } from "./context.ts";
import { AttemptEgress } from "./egress.ts";
import { AttemptEnd, AttemptFault, failureOf, PageCrash } from "./failure.ts";
import { FrameSource } from "./frame-source.ts";
import { HeldView } from "./held-view.ts";
import { type Mask, maskOf } from "./masking.ts";
import { Outbox } from "./outbox.ts";
import type { AttemptOutcome, AttemptPlan, FromAttempt, ToAttempt } from "./protocol.ts";
import { Recordings } from "./recordings.ts";
import { type Held, StepRunner } from "./run-steps.ts";

/** What may pass after the last step before the outcome is given, whatever hangs. */
const closeMsMax = 5_000;
const evidenceMsMax = 10_000;
/** The same for an attempt that was told to stop: it has to be gone within a second. */
const stoppedCloseMsMax = 400;
const stoppedEvidenceMsMax = 300;

type Result = Pick<AttemptOutcome, "status" | "failure">;

/** One attempt from its browser to its outcome. Never throws; leaves nothing behind. */
export async function performAttempt(plan: AttemptPlan, port: MessagePort): Promise<AttemptOutcome> {
  const began = performance.now();
  const mask = maskOf(plan.secrets);
  const outbox = new Outbox(port, mask);
  const ending = new AbortController();
  setMaxListeners(50, ending.signal);
  const clock = new AttemptClock();
  const view = new HeldView({ plan, port, mask, outbox, clock, signal: ending.signal });
  const egress =
    plan.proxy === undefined
      ? null
      : new AttemptEgress((message: FromAttempt) => port.postMessage(message), outbox);
  const baselines = new AttemptBaselines((message: FromAttempt) => port.postMessage(message));
  port.on("message", (message: ToAttempt) => {
    if (message.type === "taken") outbox.taken(message.messages);
    else if (message.type === "stop") ending.abort(new AttemptEnd("cancelled", "cancelled", message.reason));
    else if (message.type === "egress-trouble" || message.type === "egress-told") egress?.hear(message);
    else if (message.type === "baseline") baselines.hear(message);
    else view.hear(message);
  });
  const timer = clock.countdown(plan.timeoutMs, () => {
    const message = `the attempt took longer than ${plan.timeoutMs} ms`;
    ending.abort(new AttemptEnd("failed", "attempt-timeout", message));
  });
  let result: Result;
  try {
    result = await inBrowser(plan, port, outbox, mask, ending, { clock, view, baselines }, egress);
  } catch (error) {
    result = resultOf(ending.signal.aborted ? ending.signal.reason : error, null);
  }
  timer.clear();
  await outbox.close(result.status === "cancelled" ? stoppedEvidenceMsMax : evidenceMsMax);
  port.close();
  return { ...masked(result, mask), durationMs: Math.round(performance.now() - began) };
}

async function inBrowser(
  plan: AttemptPlan,
  port: MessagePort,
  outbox: Outbox,
  mask: Mask,
  ending: AbortController,
  held: Held,
  egress: AttemptEgress | null,
): Promise<Result> {
  const { signal } = ending;
  const { view } = held;
  if (plan.browser.isHeld && plan.proxy === undefined) {
    throw new AttemptFault(
      "egress-not-held",
      "the attempt has no proxy, and its browser may go nowhere without",
    );
  }
  const recordings = new Recordings(plan.evidence ?? {}, outbox, mask, egress);
  const lease = await leaseUnlessOver(plan, ending);
  if (lease.pid !== null) port.postMessage({ type: "browser", pid: lease.pid } satisfies FromAttempt);
  let context: AttemptContext | null = null;
  let frames: FrameSource | null = null;
  let runner: StepRunner | null = null;
  let isHealthy = true;
  let hasPassed = false;
  try {
    const onFault = (fault: PageCrash | AttemptEnd) => ending.abort(overMemory(fault, lease) ?? fault);
    context = await orAbort(
      signal,
      AttemptContext.open(lease.browser, plan, outbox, onFault, recordings, egress),
      (late) => {
        late.close(closeMsMax);
      },
    );
    recordings.browser = lease.browser.version;
    outbox.emit({
      type: "attempt-started",
      browser: lease.browser.version,
      viewport: { width: plan.viewport.width, height: plan.viewport.height },
      worker: plan.workerName,
    });
    tellWhatIsMissing(plan, lease, recordings, outbox);
    frames = new FrameSource(context);
    await recordings.film(context, frames);
    const steps = new StepRunner(plan, context, outbox, signal, held);
    runner = steps;
    view.open(context, frames, (tried) => steps.try(tried));
    const failure = await runner.run();
    hasPassed = failure === null;
    return { status: failure ? "failed" : "passed", failure };
  } catch (error) {
    return resultOf(signal.aborted ? signal.reason : error, runner?.step ?? null);
  } finally {
    if (!isStopped(signal)) await runner?.settled();
    if (isStopped(signal)) recordings.drop();
    else await recordings.finish(hasPassed);
    view.close();
    frames?.close();
    if (context) isHealthy = await context.close(isStopped(signal) ? stoppedCloseMsMax : closeMsMax);
    // A stop gives the browser too little time to judge it by.
    lease.release(isHealthy || isStopped(signal));
  }
}

/** Within so long a page that was ended is told to have crashed. */
const crashNewsMs = 5_000;

/** That a page crashed because we have ended it for its memory; null for every other fault. */
function overMemory(fault: PageCrash | AttemptEnd, { memory }: Lease): AttemptEnd | null {
  if (!(fault instanceof PageCrash) || memory === null || memory.endedAt === null) return null;
  if (performance.now() - memory.endedAt > crashNewsMs) return null;
  const most = `${Math.round(memory.bytesMax / 1_000_000)} MB`;
  const message = `the page took more than ${most} of memory and was ended (${fault.url})`;
  return new AttemptEnd("failed", "page-memory", message);
}

function tellWhatIsMissing(plan: AttemptPlan, lease: Lease, recordings: Recordings, outbox: Outbox): void {
  const { notRecorded } = lease.browser;
  const isElsewhere = plan.browser.endpoint !== undefined;
  const missing = [
    ...(notRecorded !== "" && recordings.isOn ? [`not recorded in Firefox: ${notRecorded}`] : []),
    ...(isElsewhere ? ["not recorded with a browser that runs elsewhere: downloads"] : []),
  ];
  for (const text of missing) outbox.emit({ type: "log", level: "info", text });
}

async function leaseUnlessOver(plan: AttemptPlan, ending: AbortController): Promise<Lease> {
  const onCrash = () => {
    ending.abort(new AttemptEnd("error", "browser-crashed", "the browser crashed or was killed"));
  };
  const leased = leaseBrowser(plan.organizationId, plan.browser, onCrash);
  return orAbort(ending.signal, leased, (late) => late.release(true));
}

/** What the promise becomes, unless the attempt ends first; what comes too late is given to `tooLate`. */
async function orAbort<T>(signal: AbortSignal, promise: Promise<T>, tooLate: (value: T) => void): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    signal.throwIfAborted();
    return await Promise.race([promise, aborted]);
  } catch (error) {
    promise.then(tooLate, () => undefined);
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function isStopped(signal: AbortSignal): boolean {
  return signal.reason instanceof AttemptEnd && signal.reason.status === "cancelled";
}

function resultOf(error: unknown, step: number | null): Result {
  if (error instanceof AttemptEnd) {
    if (error.status === "cancelled") return { status: "cancelled", failure: null };
    return { status: error.status, failure: failureOf(error, step) };
  }
  return { status: "error", failure: failureOf(error, step) };
}

function masked({ status, failure }: Result, mask: Mask): Result {
  return { status, failure: mask.all(failure) };
}
