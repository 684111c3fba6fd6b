import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { quantile } from "../bench/result.ts";
import { projectRoot } from "../config.ts";
import { type Judged, judge } from "./checks/index.ts";
import { recoveriesOf } from "./checks/times.ts";
import type { DatabaseServer } from "./database-server.ts";
import type { Experiment, Fault } from "./experiment.ts";
import { Lab } from "./lab.ts";
import { Load } from "./load.ts";
import { persistently, within } from "./patience.ts";
import { Prober } from "./prober.ts";
import { browsersOf, type LabBrowser, leftIn, orphansOf } from "./processes.ts";
import { randomOf } from "./random.ts";
import type { Stage } from "./stages.ts";

export type RunOptions = {
  seed: string;
  trials: number;
  /** Null when nobody may stop the PostgreSQL. */
  server: DatabaseServer | null;
  say: (line: string) => void;
};

/** What an experiment found. */
export type Report = {
  id: string;
  title: string;
  seed: string;
  trials: number;
  faults: Record<string, number>;
  stages: Partial<Record<Stage, number>>;
  executions: Record<string, number>;
  invariants: Judged[];
  recoveryMs: { n: number; p50: number; p95: number; max: number };
  /** How often a client's socket broke or was refused; how often nobody answered a request for longer than a client waits. */
  socketBreaks: number;
  unanswered: number;
  seconds: number;
  /** Where the logs of its processes are, when something broke. */
  logs: string | null;
};

const drainMsMax = 150_000;
const warmUpMsMax = 30_000;
const orphanMsMax = 30_000;
const defaultRecoveryMsMax = 45_000;

/** Injects, drains, checks. Never leaves a process or a folder behind. */
export async function runExperiment(
  experiment: Experiment,
  { seed, trials, server, say }: RunOptions,
): Promise<Report> {
  const began = performance.now();
  const random = randomOf(`${seed}/${experiment.id}`);
  const lab = await Lab.open(experiment.lab);
  const { origin, tenants, ledger } = lab;
  const load = new Load({ origin, tenants, ledger, random, ...experiment.load });
  const faults: Fault[] = [];
  const groups = new Groups(lab.home);
  const [asker] = load.clients;
  const prober = experiment.probes && asker ? new Prober(lab, asker) : null;
  try {
    if (experiment.load.unfinished > 0) await warmUp(lab, load);
    const record = (fault: Fault) => faults.push(fault);
    const broke = await experiment
      .run({ lab, load, random: random.fork("nemesis"), trials, server, record, say })
      .then(
        (): string[] => [],
        (error: unknown) => [
          `the experiment itself broke: ${error instanceof Error ? error.stack : String(error)}`,
        ],
      );
    await load.stop().catch((error: unknown) => broke.push(String(error)));
    // A check of nothing is no proof.
    if (prober && ledger.answers.length === 0) broke.push("nobody could ask the API how it is");
    say("draining");
    await drained(lab, load);
    prober?.stop();
    const orphans = await orphansAfter(lab, groups);
    load.close();
    await lab.stopProcesses();
    const left = [...orphans, ...(await leftIn(lab.home))];
    const recoveryMsMax = experiment.recoveryMsMax ?? defaultRecoveryMsMax;
    const hasWrongClocks = experiment.hasWrongClocks ?? false;
    const { sql, artifacts } = lab;
    const stored = lab.storage.read;
    const evidence = { sql, ledger, faults, artifacts, stored, left, recoveryMsMax, hasWrongClocks };
    const ran = { id: "run", title: "the experiment ran to its end", checked: 1, breaks: broke };
    const judged = [...(await judge(evidence, experiment.claim)), ran];
    const isBroken = judged.some(({ breaks }) => breaks.length > 0);
    const recoveries = (await recoveriesOf(sql, faults)).map(({ ms }) => ms).sort((a, b) => a - b);
    return {
      id: experiment.id,
      title: experiment.title,
      seed,
      trials,
      faults: tally(faults.map(({ kind }) => kind)),
      stages: tally(faults.flatMap((fault) => fault.stages)),
      executions: await verdictsOf(lab),
      invariants: judged,
      recoveryMs: {
        n: recoveries.length,
        p50: quantile(recoveries, 0.5),
        p95: quantile(recoveries, 0.95),
        max: recoveries.at(-1) ?? Number.NaN,
      },
      socketBreaks: load.socketBreaks,
      unanswered: ledger.unanswered.size,
      seconds: Math.round((performance.now() - began) / 1_000),
      logs: isBroken ? await keepLogs(lab, experiment.id) : null,
    };
  } finally {
    prober?.stop();
    groups.stop();
    load.close();
    await lab.close();
  }
}

/** Until every worker is busy: what hits an idle installation shows nothing. */
async function warmUp(lab: Lab, load: Load): Promise<void> {
  load.begin();
  await within(
    warmUpMsMax,
    async () => {
      const [row] = await lab.sql<{ workers: number }[]>`
        select count(distinct worker_id)::int as workers from attempt where status = 'passed'`;
      return row?.workers === lab.workers.length;
    },
    50,
  );
}

/** Every browser that was ever there: by the end nobody may be left of any. */
class Groups {
  readonly #known = new Map<number, LabBrowser>();
  readonly #timer: NodeJS.Timeout;

  constructor(home: string) {
    this.#timer = setInterval(() => {
      for (const browser of browsersOf(home)) this.#known.set(browser.pid, browser);
    }, 100);
  }

  get all(): LabBrowser[] {
    return [...this.#known.values()];
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Until every execution has ended and every client was told so. What has not by then, the checker will say. */
async function drained(lab: Lab, load: Load): Promise<void> {
  const isDrained = await within(
    drainMsMax,
    async () => {
      const [row] = await persistently(
        () => lab.sql<
          { open: number }[]
        >`select (select count(*) from execution where finished_at is null)::int
          + (select count(*) from outbox where kind = 'execution')::int as open`,
      );
      return row?.open === 0;
    },
    200,
  );
  if (isDrained) await within(orphanMsMax, () => load.unfinished === 0, 100);
}

async function orphansAfter(lab: Lab, groups: Groups): Promise<string[]> {
  const look = () =>
    orphansOf(
      groups.all,
      lab.workers.map(({ pid }) => pid),
    );
  await within(orphanMsMax, () => look().length === 0, 200);
  return look();
}

async function verdictsOf({ sql }: Lab): Promise<Record<string, number>> {
  const rows = await sql<{ status: string; count: number }[]>`
    select status, count(*)::int from execution group by 1 order by 2 desc`;
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

function tally<K extends string>(names: readonly K[]): Record<K, number> {
  const counts = {} as Record<K, number>;
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function keepLogs({ home }: Lab, id: string): Promise<string> {
  const folder = join(projectRoot, "bench-results", "faults", id);
  await mkdir(folder, { recursive: true });
  const names = (await readdir(home)).filter((name) => name.endsWith(".log"));
  await Promise.all(names.map((name) => cp(join(home, name), join(folder, name))));
  return folder;
}
