import { writeSync } from "node:fs";
import { openDb } from "../../db/client.ts";
import { executeScheduled, fireDue } from "../../db/services/schedule-ticks.ts";
import { systemCtx } from "../../db/testing/factories.ts";

/** A scheduler that stops its own process while it holds a tick. Says so before; continued, it goes on and says how that ended. */
const [url = "", organizationId = "", scheduleId = ""] = process.argv.slice(2);
const db = openDb({ url, connectionsMax: 2, name: "stopped-child" });
const fired = await fireDue(systemCtx(db, organizationId), scheduleId, async (ctx, row) => {
  writeSync(1, "holds it\n");
  process.kill(process.pid, "SIGSTOP");
  return executeScheduled(ctx, row, "schedule");
});
process.stdout.write(`${fired?.outcome}\n`);
await db.close();
