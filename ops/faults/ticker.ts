// A scheduler and nothing else, for the experiment with two of them: asks all the time whether the housekeeping is due.
import { setTimeout as delay } from "node:timers/promises";
import { openDb } from "../../db/client.ts";
import { enqueueHousekeeping } from "../../db/outbox/housekeeping.ts";

const everyMs = 5;
const url = process.env.DATABASE_URL;
if (!url) throw new Error("DATABASE_URL is not set");
const db = openDb({ url, connectionsMax: 1, name: "verdict-ticker" });
let isStopping = false;
process.on("SIGTERM", () => {
  isStopping = true;
});
while (!isStopping) {
  await enqueueHousekeeping(db).catch((error: unknown) => console.error(String(error)));
  await delay(everyMs);
}
await db.close();
