import type { EventType } from "../../../db/domain/events.ts";
import { type Check, finding, merged } from "./evidence.ts";

type LogRow = { seq: number; type: EventType; body: string };
const markerForm = /marker-[a-z0-9]+-\d+-end/g;

async function logsOf({ sql }: Parameters<Check>[0]): Promise<Map<string, LogRow[]>> {
  const rows = await sql<({ id: string } & LogRow)[]>`
    select execution_id as id, seq, type, body::text as body from event order by execution_id, seq`;
  return Map.groupBy(rows, ({ id }) => id);
}

/** I4: logs are numbered 1 to n and end with the verdict, and whoever watched got exactly that. */
export const logsWhole: Check = async (evidence) => {
  const logs = await logsOf(evidence);
  const whole = finding([...logs], ([id, log]) => {
    const gap = log.findIndex(({ seq }, index) => seq !== index + 1);
    if (gap >= 0) return `the log of execution ${id} has ${log[gap]?.seq} where ${gap + 1} should be`;
    const last = log.at(-1)?.type;
    return last === "execution-finished" ? null : `the log of execution ${id} ends with ${last}`;
  });
  const watched = finding([...evidence.ledger.delivered], ([id, delivered]) => {
    const log = logs.get(id) ?? [];
    const length = Math.max(log.length, delivered.length);
    for (let at = 0; at < length; at++) {
      const [got, is] = [delivered[at], log[at]];
      if (got?.seq === is?.seq && got?.type === is?.type) continue;
      return `a client that watched execution ${id} got ${shown(got)} where the log has ${shown(is)}`;
    }
    return null;
  });
  return merged(whole, watched);
};

function shown(entry: { seq: number; type: EventType } | undefined): string {
  return entry ? `${entry.seq} ${entry.type}` : "nothing";
}

/** I9: what the page of one execution said is in no log of another one, nor in its variables. */
export const isolated: Check = async (evidence) => {
  const logs = await logsOf(evidence);
  return finding([...evidence.ledger.promised.values()], ({ executionId, marker }) => {
    for (const { seq, body } of logs.get(executionId) ?? []) {
      const foreign = body.match(markerForm)?.find((found) => found !== marker);
      if (foreign) return `event ${seq} of execution ${executionId} (${marker}) speaks of ${foreign}`;
    }
    return null;
  });
};
