import { scrypt } from "node:crypto";
import { openDb } from "../../db/client.ts";
import { newId } from "../../db/domain/ids.ts";
import { registerWorker } from "../../db/outbox/workers.ts";
import { noLog, noMetrics } from "../metrics.ts";
import { QueueWorker } from "../queue-worker.ts";

/** A worker in a process of its own whose jobs, whatever they are, are a piece of computing each. Says `ready`. */
const [url = "", name = "", slots = "1"] = process.argv.slice(2);
const db = openDb({ url, connectionsMax: 4, name });
const row = { id: newId(), name, host: "h", pid: process.pid, version: "0", browsers: ["chromium"] };
const worker = { ...row, slots: Number(slots) };
const work = () =>
  new Promise<void>((resolve, reject) =>
    scrypt("work", "salt", 32, { N: 4_096 }, (error) => (error ? reject(error) : resolve())),
  );
await registerWorker(db.sql, worker);
new QueueWorker({
  db,
  worker,
  slots: { browser: worker.slots, light: 1, media: 0 },
  timings: { leaseMs: 60_000, heartbeatMs: 1_000, sweepMs: 500, pollMs: 1_000 },
  run: async () => {
    await work();
    return "done";
  },
  rescue: async () => 0,
  metrics: noMetrics,
  log: noLog,
}).start();
process.stdout.write("ready\n");
