import { setTimeout as delay } from "node:timers/promises";
import { allHoldings } from "../blow.ts";
import type { Experiment } from "../experiment.ts";
import { until } from "../patience.ts";
import { startProxy } from "../proxy.ts";

const commitMsMax = 30_000;

/** The moment that a client can't tell from one before anything was done: its repeat must be answered as the first was. */
export const answerLost: Experiment = {
  id: "answer-lost",
  title: "the API or its connection gone between a commit and its answer",
  injects:
    "PostgreSQL has committed a start, and before the API hears of it the API is killed or its connections are reset.",
  trials: 40,
  quickTrials: 6,
  lab: { workers: 1, slots: 2 },
  load: { unfinished: 4 },
  async run({ lab, load, trials, record, say }) {
    const url = new URL(lab.database.url);
    const proxy = await startProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    const env = { DATABASE_URL: url.href };
    try {
      await lab.killApi();
      await lab.startApi(env);
      for (let trial = 1; trial <= trials; trial++) {
        const marker = `marker-lost-${trial}-end`;
        let isCommitted = false;
        void proxy.freezeAtCommitOf(marker).then(() => {
          isCommitted = true;
        });
        const started = load.startOne({ marker });
        await until("the start is committed", commitMsMax, () => isCommitted, 5);
        const isKill = trial % 2 === 1;
        const kind = isKill ? "SIGKILL of the API after a commit" : "connections reset after a commit";
        const stages = (await allHoldings(lab.sql)).map(({ stage }) => stage);
        record({ trial, kind, at: Date.now(), stages, victims: [] });
        if (isKill) await lab.killApi();
        proxy.cut();
        if (isKill) await lab.startApi(env);
        if ((await started) === null) throw new Error(`the start of trial ${trial} was never answered`);
        say(`${trial} of ${trials}`);
        await delay(100);
      }
      await lab.killApi();
      await lab.startApi();
    } finally {
      await proxy.close();
    }
  },
};
