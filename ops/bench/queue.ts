import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { startEmbeddedPostgres } from "../embedded-postgres.ts";
import { findProgram } from "../testing/programs.ts";
import { startRedis } from "../testing/redis.ts";
import { ensurePeers } from "./peers.ts";
import { type Contender, producers } from "./queue/contender.ts";
import { limit } from "./queue/limit.ts";
import { bulk, drain, rate, startLatency } from "./queue/measures.ts";
import { type Ours, ours } from "./queue/ours.ts";
import { recovery } from "./queue/recovery.ts";
import { contenderOf, type Who } from "./queue/who.ts";
import { type Bar, type BenchOptions, type BenchResult, barOf, type Row, rowOf } from "./result.ts";

const budgetMs = 330_000;
const full = {
  rounds: 3,
  bulk: 50_000,
  fast: 20_000,
  slow: 4_000,
  samples: 60,
  rateMs: 1_500,
  history: 1_000_000,
  waiting: 100_000,
};
const quick = {
  rounds: 1,
  bulk: 10_000,
  fast: 10_000,
  slow: 1_000,
  samples: 25,
  rateMs: 600,
  history: 100_000,
  waiting: 20_000,
};
type Sizes = typeof full;

const what = {
  bulk: "bulk enqueue",
  row1: "row and job in one transaction, 1 connection",
  row16: `row and job in one transaction, ${producers} connections`,
  bare16: `the same transaction without the job, ${producers} connections`,
  drain10: "drain at concurrency 10",
  drain50: "drain at concurrency 50",
  p50: "start latency at idle, p50",
  p95: "start latency at idle, p95",
  killed: "kill -9 of a worker with 10 jobs: all run again after",
  stopped: "SIGSTOP of a worker with 10 jobs: all run again after",
} as const;

/** Our outbox, its peers and the limit, on one PostgreSQL with fsync and synchronous_commit on, in rounds that take turns. */
export async function benchQueue({ quick: isQuick, home }: BenchOptions): Promise<BenchResult> {
  const sizes = isQuick ? quick : full;
  const scratch = mkdtempSync(join(tmpdir(), "verdict-bench-"));
  chmodSync(scratch, 0o755);
  const peers = await ensurePeers(home);
  const server = await startEmbeddedPostgres({ home: scratch });
  const redis = findProgram("redis-server") === null ? null : await startRedis();
  try {
    const field = await openField(server.superuserUrl, peers, redis?.url ?? null, sizes);
    const figures = new Figures();
    const startedAt = performance.now();
    let rounds = 0;
    while (rounds < sizes.rounds && (rounds === 0 || performance.now() - startedAt < budgetMs)) {
      rounds++;
      for (const contender of field.contenders) {
        console.error(`round ${rounds} of ${sizes.rounds}: ${contender.name}`);
        await measure(contender, figures, sizes, field.slow.has(contender));
      }
    }
    const recovered = await measureRecovery(field, isQuick);
    const notes = field.contenders.map(({ name, configuration }) => `${name}: ${configuration}`);
    for (const contender of field.contenders) await contender.close();
    const rows = [...figures.rows(), ...recovered];
    if (redis === null) notes.push("BullMQ was left out: there is no redis-server");
    notes.push(`${rounds} rounds; medians, and from the lowest to the highest in brackets`);
    return { rows, bars: barsOf(rows), notes };
  } finally {
    await redis?.stop();
    await server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

type Field = {
  contenders: Contender[];
  slow: Set<Contender>;
  killable: { contender: Contender; who: Who }[];
};

async function openField(
  superuserUrl: string,
  peers: string,
  redisUrl: string | null,
  sizes: Sizes,
): Promise<Field> {
  const database = async (name: string) => {
    const admin = postgres(superuserUrl, { max: 1, onnotice: () => undefined });
    await admin.unsafe(`create database ${name}`);
    await admin.end();
    const url = new URL(superuserUrl);
    url.pathname = `/${name}`;
    return url.href;
  };
  const whos: Who[] = [
    { who: "ours", url: await database("bench_ours"), peers },
    { who: "graphile", url: await database("bench_graphile"), peers },
    { who: "graphile-tuned", url: await database("bench_graphile_tuned"), peers },
    { who: "pg-boss", url: await database("bench_boss"), peers },
    { who: "pg-boss-max", url: await database("bench_boss_max"), peers },
    ...(redisUrl ? [{ who: "bullmq" as const, url: redisUrl, peers }] : []),
  ];
  const killable = whos.map((who) => ({ who, contender: contenderOf(who) }));
  const contenders = [
    ...killable.map(({ contender }) => contender),
    ours({ url: await database("bench_history"), peers }, { history: sizes.history, waiting: 0 }),
    ours({ url: await database("bench_waiting"), peers }, { history: 0, waiting: sizes.waiting }),
    limit({ url: await database("bench_limit"), peers }),
  ];
  for (const contender of contenders) await contender.open();
  const slow = new Set(
    killable
      .filter(({ who }) => who.who === "graphile" || who.who === "pg-boss")
      .map(({ contender }) => contender),
  );
  return { contenders, slow, killable };
}

/** One round of one contender. */
async function measure(contender: Contender, figures: Figures, sizes: Sizes, isSlow: boolean): Promise<void> {
  const add = (what: string, value: number, unit: Row["unit"] = "per s") =>
    figures.add(what, contender.name, unit, value);
  const isLoaded = contender.name.startsWith("ours with");
  const jobs = isSlow ? sizes.slow : sizes.fast;
  if (!isLoaded) add(what.bulk, await bulk(contender, sizes.bulk));
  if (contender.rowAndJob && !isLoaded) {
    await contender.empty();
    add(what.row1, await rate(contender.rowAndJob, 1, sizes.rateMs));
    add(what.row16, await rate(contender.rowAndJob, producers, sizes.rateMs));
    if ("rowOnly" in contender) {
      add(what.bare16, await rate((contender as Ours).rowOnly, producers, sizes.rateMs));
    }
  }
  add(what.drain10, await drain(contender, 10, jobs));
  add(what.drain50, await drain(contender, 50, jobs));
  if (contender.name.startsWith("limit") || contender.name.endsWith("waiting")) return;
  const { p50, p95 } = await startLatency(contender, sizes.samples);
  add(what.p50, p50, "ms");
  add(what.p95, p95, "ms");
}

async function measureRecovery({ killable }: Field, isQuick: boolean): Promise<Row[]> {
  const rows: Row[] = [];
  const add = async (label: string, index: number, signal: "SIGKILL" | "SIGSTOP", boundMs: number) => {
    const one = killable[index];
    if (!one) return;
    console.error(`${signal}: ${one.contender.name}`);
    const seconds = await recovery(one.contender, one.who, signal, boundMs);
    const remark = seconds === null ? `not within ${boundMs / 1_000} s` : undefined;
    rows.push(rowOf(label, one.contender.name, "s", seconds === null ? [] : [seconds], remark));
  };
  for (const index of killable.keys()) await add(what.killed, index, "SIGKILL", isQuick ? 6_000 : 15_000);
  if (!isQuick) await add(what.stopped, 0, "SIGSTOP", 45_000);
  return rows;
}

/** What was measured, in its order. */
class Figures {
  readonly #values = new Map<string, { what: string; who: string; unit: Row["unit"]; rounds: number[] }>();

  add(what: string, who: string, unit: Row["unit"], value: number): void {
    const key = `${what}\n${who}`;
    const entry = this.#values.get(key) ?? { what, who, unit, rounds: [] };
    entry.rounds.push(value);
    this.#values.set(key, entry);
  }

  rows(): Row[] {
    return [...this.#values.values()].map(({ what, who, unit, rounds }) => rowOf(what, who, unit, rounds));
  }
}

function barsOf(rows: readonly Row[]): Bar[] {
  const of = (label: string, who: string) =>
    rows.find((row) => row.what === label && row.who.startsWith(who))?.median ?? Number.NaN;
  const ourFigure = (label: string) =>
    rows.find((row) => row.what === label && row.who === "ours")?.median ?? Number.NaN;
  const best = (label: string, who: string[]) => Math.max(...who.map((name) => of(label, name)));
  const defaults = ["graphile-worker (default)", "pg-boss (batch)"];
  const fastest = ["graphile-worker (tuned)", "pg-boss (max)"];
  const all = [...defaults, ...fastest];
  const least = (label: string, who: string[]) => Math.min(...who.map((name) => of(label, name)));
  const loaded = (label: string, load: string) => {
    const row = rows.find(
      (row) => row.what === label && row.who.startsWith("ours with") && row.who.endsWith(load),
    );
    return (row?.median ?? Number.NaN) / ourFigure(label);
  };
  const bars = [
    barOf(
      "row and job, 16 connections: ours to the better peer",
      ourFigure(what.row16) / best(what.row16, all),
      2.5,
    ),
    barOf(
      "row and job, 16 connections: ours to the row alone",
      ourFigure(what.row16) / ourFigure(what.bare16),
      0.7,
    ),
    ...[what.drain10, what.drain50].flatMap((label) => [
      barOf(`${label}: ours to the better default`, ourFigure(label) / best(label, defaults), 4),
      barOf(`${label}: ours to the better at its fastest`, ourFigure(label) / best(label, fastest), 1.3),
      barOf(`${label}: with a long history to the empty table`, loaded(label, "finished"), 0.9),
      barOf(`${label}: with many waiting to the empty table`, loaded(label, "waiting"), 0.9),
    ]),
    barOf("bulk enqueue: ours to the better peer", ourFigure(what.bulk) / best(what.bulk, all), 2),
    barOf("start latency p95: the better peer to ours", least(what.p95, all) / ourFigure(what.p95), 1),
    barOf("start latency p95: the empty table to a long history", 1 / loaded(what.p95, "finished"), 0.9),
    barOf("a killed worker's jobs run again within 5 s (5 s to what it took)", 5 / ourFigure(what.killed), 1),
  ];
  const stopped = ourFigure(what.stopped);
  if (!Number.isNaN(stopped))
    bars.push(barOf("a stopped worker's within 45 s (45 s to what it took)", 45 / stopped, 1));
  return bars;
}
