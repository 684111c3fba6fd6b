import { drawMoment, stagesHit } from "../blow.ts";
import type { Experiment } from "../experiment.ts";

/** The connections of a process of the product. Those that are in the middle of something come first. */
type Backend = { pid: number; name: string; is_busy: boolean };

export const backendTerminated: Experiment = {
  id: "backend-terminated",
  title: "a connection ended by the server",
  injects: "Ends one connection of an API or worker (pg_terminate_backend), those in a transaction first.",
  trials: 100,
  quickTrials: 20,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 10 },
  async run(stand) {
    const { lab, random, trials, record, say } = stand;
    for (let trial = 1; trial <= trials; trial++) {
      const moment = await drawMoment(stand, trial);
      const backends = await lab.sql<Backend[]>`
        select pid, application_name as name, state <> 'idle' as is_busy from pg_stat_activity
        where datname = current_database() and application_name like 'verdict-%' and application_name <> 'verdict-test'`;
      const busy = backends.filter((backend) => backend.is_busy);
      const { pid, name } = random.pick(moment && busy.length > 0 ? busy : backends);
      const at = Date.now();
      await lab.sql`select pg_terminate_backend(${pid})`;
      await moment?.release();
      record({ trial, kind: `end of a connection ${name}`, at, stages: stagesHit(moment, []), victims: [] });
      if (trial % 20 === 0) say(`${trial} of ${trials}`);
    }
  },
};
