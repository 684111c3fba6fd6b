import { openDb } from "../../db/client.ts";
import { systemCtx } from "../../db/testing/factories.ts";
import { noLog, noMetrics } from "../metrics.ts";
import { fireSchedules } from "../scheduler.ts";

/** A scheduler in a process of its own, so that it can be stopped. Says `ready`, then fires what is due until it is killed. */
const db = openDb({ url: process.argv[2] ?? "", connectionsMax: 4, name: "scheduler-child" });
const ctx = (organizationId: string | null) => systemCtx(db, organizationId);
process.stdout.write("ready\n");
for (;;) await fireSchedules({ db, ctx, metrics: noMetrics, log: noLog });
