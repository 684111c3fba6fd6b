import { writeSync } from "node:fs";
import { openDb } from "../../db/client.ts";
import { executeScheduled, fireDue } from "../../db/services/schedule-ticks.ts";
import { systemCtx } from "../../db/testing/factories.ts";

/** A scheduler that stops its own process while it holds a tick. Says so before; continued, it goes on and says how that ended. */
const [url = "", organizationId = "", scheduleId = ""] = process.argv.slice(2);
const db = openDb({ url, connectionsMax: 2, name: "stopped-child" });
const end = await fireDue(systemCtx(db, organizationId), scheduleId, {
  stoppedMs: 500,
  start: async (ctx, row) => {
    writeSync(1, "holds it\n");
    process.kill(process.pid, "SIGSTOP");
    return executeScheduled(ctx, row, "schedule");
  },
}).then(
  () => "committed",
  () => "refused",
);
process.stdout.write(`${end}\n`);
await db.close();
