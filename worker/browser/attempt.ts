import { setMaxListeners } from "node:events";
import type { MessagePort } from "node:worker_threads";
import { AttemptClock } from "./attempt-clock.ts";
import { AttemptBaselines } from "./baselines.ts";
import { type Lease, leaseBrowser } from "./browsers.ts";
import { AttemptContext } from "./context.ts";
import { Deadline } from "./deadline.ts";
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
/** What a browser may take to open a page. */
const openMsMax = 30_000;
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
  around: Omit<Held, "lease">,
  egress: AttemptEgress | null,
): Promise<Result> {
  const { signal } = ending;
  const { view } = around;
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
    isHealthy = false;
    context = await openedInTime(
      AttemptContext.open(lease.browser, plan, outbox, onFault, recordings, egress),
      signal,
    );
    isHealthy = true;
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
    const steps = new StepRunner(plan, context, outbox, signal, { ...around, lease });
    runner = steps;
    view.open(context, frames, (tried) => steps.try(tried));
    const failure = await runner.run();
    hasPassed = failure === null;
    return { status: failure ? "failed" : "passed", failure };
  } catch (error) {
    const reason: unknown = signal.aborted ? signal.reason : error;
    return resultOf(runner === null ? beforeAnyStep(reason) : reason, runner?.step ?? null);
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

/** A browser that has lost what starts its pages never answers. */
async function openedInTime(opening: Promise<AttemptContext>, signal: AbortSignal): Promise<AttemptContext> {
  const late = () =>
    new AttemptFault("browser-not-responding", `the browser opened no page within ${openMsMax} ms`);
  try {
    return await new Deadline(openMsMax, signal).race(opening, late);
  } catch (error) {
    opening.then(
      (context) => context.close(closeMsMax),
      () => undefined,
    );
    throw error;
  }
}

/** Time that was up before a page was there is no fault of a page. */
function beforeAnyStep(reason: unknown): unknown {
  if (!(reason instanceof AttemptEnd) || reason.status !== "failed") return reason;
  return new AttemptFault(reason.code, `${reason.message}, and no step had begun`);
}

/** Within so long a page that was ended is told to have crashed. */
const crashNewsMs = 5_000;

/** That a page crashed because we have ended it for its memory; null for every other fault. */
function overMemory(fault: PageCrash | AttemptEnd, { watch }: Lease): AttemptEnd | null {
  if (!(fault instanceof PageCrash) || watch === null || watch.endedAt === null) return null;
  if (performance.now() - watch.endedAt > crashNewsMs) return null;
  const most = `${Math.round(watch.bytesMax / 1_000_000)} MB`;
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
