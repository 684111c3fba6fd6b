import type { Check, Evidence, Finding } from "./evidence.ts";
import { artifactsThere, nothingLeft } from "./files.ts";
import { isolated, logsWhole } from "./logs.ts";
import { countersRight, fenced, nothingLost, oneVerdict, rightlyAttributed } from "./runs.ts";
import { answeredInTime, oneJobPerTick, recoveredInTime } from "./times.ts";

export type Invariant = { id: string; title: string; check: Check };

/** What holds whatever was injected. I11 (notifications) has no check: the product sends none yet. */
export const invariants: readonly Invariant[] = [
  { id: "I1", title: "no acknowledged run lost, none doubled", check: nothingLost },
  { id: "I2", title: "one verdict, and it stays", check: oneVerdict },
  { id: "I3", title: "no write of an attempt after the next has begun", check: fenced },
  { id: "I4", title: "logs and transcripts without gap or double", check: logsWhole },
  { id: "I5", title: "every artifact is there, whole", check: artifactsThere },
  { id: "I6", title: "no process and no folder left", check: nothingLeft },
  { id: "I7", title: "victims run again in time", check: recoveredInTime },
  { id: "I8", title: "our trouble is no failure of a test", check: rightlyAttributed },
  { id: "I9", title: "nothing of one run in another's log", check: isolated },
  { id: "I10", title: "counters say what the rows say", check: countersRight },
  { id: "I12", title: "answers stay quick and honest", check: answeredInTime },
  { id: "I13", title: "one job for each due tick", check: oneJobPerTick },
];

export type Judged = { id: string; title: string } & Finding;

/** Every invariant over the evidence. One that can't be checked is broken: a checker that fails in silence is worthless. */
export async function judge(evidence: Evidence, claim?: { title: string; check: Check }): Promise<Judged[]> {
  const judged: Judged[] = [];
  const all = claim ? [...invariants, { id: "also", ...claim }] : invariants;
  for (const { id, title, check } of all) {
    const found = await check(evidence).catch(
      (error: unknown): Finding => ({ checked: 0, breaks: [`it could not be checked: ${String(error)}`] }),
    );
    judged.push({ id, title, ...found });
  }
  return judged;
}
