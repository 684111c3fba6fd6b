import { drawMoment, recovered, stagesHit } from "../blow.ts";
import type { Experiment, Stand } from "../experiment.ts";

const hints = 20;

/** The lease of a job that runs is ended behind its worker's back: another one gets it while the first still works on it. */
export const duplicateDelivery: Experiment = {
  id: "duplicate-delivery",
  title: "duplicate deliveries",
  injects:
    "Ends the lease of a job whose worker is well, so that two have it; sends each hint and request several times.",
  trials: 100,
  quickTrials: 10,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 8 },
  async run(stand) {
    const { lab, trials, record, say } = stand;
    for (let trial = 1; trial <= trials; trial++) {
      const moment = await drawMoment(stand, trial);
      const at = Date.now();
      const jobs = await lab.sql<{ id: string }[]>`
        update outbox set lease_until = now() - interval '1 second' where id = (
          select id from outbox where kind = 'execution' and state = 'running'
            and (${moment?.executionId ?? null}::text is null or unique_key = ${moment?.executionId ?? null})
          order by random() limit 1 for update skip locked) returning unique_key as id`;
      await Promise.all([hintAgain(stand), moment?.release()]);
      const victims = jobs.map(({ id }) => id);
      record({
        trial,
        kind: "lease ended while its worker is well",
        at,
        stages: stagesHit(moment, []),
        victims,
      });
      await Promise.all([recovered(lab, victims), startTwice(stand)]);
      if (trial % 20 === 0) say(`${trial} of ${trials}`);
    }
  },
};

async function hintAgain({ lab }: Stand): Promise<void> {
  await lab.sql`select pg_notify('verdict_worker_' || id, 'browser') from worker, generate_series(1, ${hints})`;
}

/** One request, sent by two at once with the same key. */
async function startTwice({ lab, load, random }: Stand): Promise<void> {
  const marker = `marker-${random.between(0, 2 ** 30).toString(36)}-0-end`;
  const client = random.between(0, load.clients.length - 1);
  const start = { client, testCase: "quick" as const, marker, lateMs: 0 };
  const [one, two] = await Promise.all([load.startOne(start), load.startOne(start)]);
  if (one !== two)
    throw new Error(`one request made executions ${one} and ${two} of ${lab.ledger.promised.size}`);
}
