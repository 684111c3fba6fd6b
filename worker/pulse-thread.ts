import { parentPort, workerData } from "node:worker_threads";
import { connect } from "../db/client.ts";
import { heartbeat } from "../db/outbox/heartbeat.ts";
import { holdLock } from "../db/outbox/workers.ts";
import { monotonicMs } from "./clock.ts";
import type { FromPulse, PulseOptions, ToPulse } from "./pulse.ts";
import { within } from "./within.ts";

/**
 * The worker's signs of life, in a thread that no work can hold up: heartbeats, and the lock that is free as soon as the
 * process is dead. Both go over one connection that is for nothing else.
 */

const { address, workerId, leaseMs, heartbeatMs, silenceMsMax } = workerData as PulseOptions;
const relockMs = 100;

const say = (message: FromPulse) => parentPort?.postMessage(message);
let isStopping = false;
let isBeating = false;
let isAskedAgain = false;
/** When the other thread last took what we said: while it does not, it can't stop what it lost either. */
let heardAt = monotonicMs();

const session = connect(address, {
  name: "verdict-pulse",
  connectionsMax: 1,
  idleSeconds: 0,
  // The server's side: so that it sees a cut cable or a dead host, where no socket is closed.
  settings: {
    tcp_keepalives_idle: 3,
    tcp_keepalives_interval: 1,
    tcp_keepalives_count: 3,
    statement_timeout: 10_000,
  },
  onClose: () => void lock(),
});

/** Behind a pooler a session is nobody's: the lease alone tells of a death there. */
async function lock(): Promise<void> {
  if (address.isPooled || isStopping) return;
  try {
    await holdLock(session, workerId);
  } catch (error) {
    say({ type: "failed", what: "lock", message: String(error) });
    setTimeout(() => void lock(), relockMs).unref();
  }
}

async function beat(): Promise<void> {
  if (isBeating) {
    isAskedAgain = true;
    return;
  }
  isBeating = true;
  const sentAt = monotonicMs();
  try {
    if (sentAt - heardAt > silenceMsMax)
      throw new Error(`the worker's main thread has not answered for ${silenceMsMax} ms`);
    const answer = await within(leaseMs / 2, heartbeat(session, { workerId, leaseMs }));
    say({ type: "beat", sentAt, ...answer });
  } catch (error) {
    say({ type: "failed", what: "heartbeat", message: String(error) });
  }
  isBeating = false;
  if (!isAskedAgain || isStopping) return;
  isAskedAgain = false;
  await beat();
}

const timer = setInterval(() => void beat(), heartbeatMs);
parentPort?.on("message", async (message: ToPulse) => {
  heardAt = monotonicMs();
  if (message.type === "beat") await beat();
  if (message.type === "lock") await lock();
  if (message.type !== "stop") return;
  isStopping = true;
  clearInterval(timer);
  await session.end({ timeout: 1 });
  parentPort?.close();
});
void lock();
void beat();
