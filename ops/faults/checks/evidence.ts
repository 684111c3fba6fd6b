import type { Sql } from "postgres";
import type { Fault } from "../experiment.ts";
import type { Ledger } from "../ledger.ts";

/** All that the checker looks at: the rows, what clients were told, what is left on the machine. */
export type Evidence = {
  /** Above row-level security. */
  sql: Sql;
  ledger: Ledger;
  faults: readonly Fault[];
  /** The folder of the file storage. */
  artifacts: string;
  /** What is stored under a key, whole and at once; null when there is nothing. */
  stored: (key: string) => Promise<Uint8Array | null>;
  /** Processes and folders that should be gone, as a person would name them. */
  left: readonly string[];
  recoveryMsMax: number;
  hasWrongClocks: boolean;
};

/** What an invariant says about the evidence: how much was looked at, and each row that breaks it. */
export type Finding = { checked: number; breaks: string[] };

export type Check = (evidence: Evidence) => Promise<Finding>;

/** A finding over rows: `broken` says what is wrong with one, or null. */
export function finding<T>(rows: readonly T[], broken: (row: T) => string | null): Finding {
  return { checked: rows.length, breaks: rows.flatMap((row) => broken(row) ?? []) };
}

export function merged(...findings: readonly Finding[]): Finding {
  return {
    checked: findings.reduce((sum, { checked }) => sum + checked, 0),
    breaks: findings.flatMap(({ breaks }) => breaks),
  };
}
