import { openBlobs } from "../../db/blobs.ts";
import { openDb } from "../../db/client.ts";
import { testKeys } from "../../db/testing/factories.ts";
import { startWorker, type WorkerTimings } from "../service.ts";

/** A worker in a process of its own, so that it can be killed. Says `ready` on its standard output. */
export type ChildOptions = {
  url: string;
  home: string;
  blobs: string;
  name: string;
  executablePath: string;
  timings: Partial<WorkerTimings>;
};

const options = JSON.parse(process.argv[2] ?? "{}") as ChildOptions;
const db = openDb({ url: options.url, connectionsMax: 4, name: options.name });
const write = (fields: Record<string, unknown>) => process.stderr.write(`${JSON.stringify(fields)}\n`);
const worker = await startWorker({
  db,
  blobs: openBlobs({ kind: "file", directory: options.blobs }),
  keys: testKeys,
  name: options.name,
  version: "0",
  slots: 2,
  home: options.home,
  browser: { executablePath: options.executablePath, sandbox: process.getuid?.() !== 0 },
  timings: options.timings,
  log: { info: () => undefined, warn: write, error: write },
});
process.on("SIGTERM", async () => {
  await worker.stop();
  await db.close();
  process.exit(0);
});
process.stdout.write("ready\n");
