import { setTimeout as delay } from "node:timers/promises";
import { stageOfExecution } from "../blow.ts";
import type { Experiment, Stand } from "../experiment.ts";
import { within } from "../patience.ts";
import { cases } from "../site.ts";

const atOnce = 4;
const endMsMax = 60_000;

/** Half of the stops come at a moment drawn by chance, half just as the last step has ended. */
export const cancelAgainstComplete: Experiment = {
  id: "cancel-against-complete",
  title: "cancel against complete",
  injects: "Stops an execution as it is about to end by itself.",
  trials: 200,
  quickTrials: 24,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 0 },
  async run(stand) {
    const { trials, say } = stand;
    let next = 1;
    const race = async () => {
      while (next <= trials) {
        const trial = next++;
        await stopOne(stand, trial);
        if (trial % 20 === 0) say(`${trial} of ${trials}`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, race));
  },
};

async function stopOne({ lab, load, random, record }: Stand, trial: number): Promise<void> {
  const client = trial % load.clients.length;
  const testCase = random.pick(["quick", "slow", "failing"] as const);
  const executionId = await load.startOne({ client, testCase, lateMs: random.between(100, 1_000) });
  if (!executionId) return;
  lab.ledger.expect(executionId, [cases[testCase].expected, "cancelled"]);
  if (trial % 2 === 0) await delay(random.between(0, 1_500));
  else {
    await within(endMsMax, async () => {
      const stage = await stageOfExecution(lab.sql, executionId);
      return stage === "before the verdict" || stage === "after the verdict";
    });
  }
  const stage = await stageOfExecution(lab.sql, executionId);
  const at = Date.now();
  await load.clients[client]?.stop(executionId);
  record({ trial, kind: "stop of an execution", at, stages: [stage], victims: [] });
  await within(endMsMax, () => !load.open.includes(executionId), 20);
}
