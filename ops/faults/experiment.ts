import type { Evidence, Finding } from "./checks/evidence.ts";
import type { DatabaseServer } from "./database-server.ts";
import type { Lab, LabOptions } from "./lab.ts";
import type { Load } from "./load.ts";
import type { Random } from "./random.ts";
import type { CaseName } from "./site.ts";
import type { Stage } from "./stages.ts";

/** A blow, and whom it hit. */
export type Fault = {
  trial: number;
  /** Such as `SIGKILL of a worker`. */
  kind: string;
  /** From just before it, in milliseconds since 1970. */
  at: number;
  /** Where the executions were that it hit; none where nobody's was. */
  stages: Stage[];
  /** The executions that it took their worker, browser or connection from. */
  victims: string[];
};

/** What an experiment is given. */
export type Stand = {
  lab: Lab;
  load: Load;
  random: Random;
  trials: number;
  /** Null in the short set of the tests, whose PostgreSQL is shared: nobody may stop it. */
  server: DatabaseServer | null;
  record(fault: Fault): void;
  /** A line for whoever waits. */
  say(line: string): void;
};

export type Experiment = {
  id: string;
  title: string;
  /** One sentence: what is done to the installation. */
  injects: string;
  trials: number;
  /** With `--quick`. */
  quickTrials: number;
  lab: LabOptions;
  /** What runs meanwhile. `unfinished` 0: only what the experiment starts itself. */
  load: { unfinished: number; mix?: readonly CaseName[] };
  /** Bound of the time until a victim runs again (I7); default: 45 s. */
  recoveryMsMax?: number;
  /** The clocks of its processes are wrong on purpose: times of rows can't be compared. */
  hasWrongClocks?: boolean;
  /** Requests are made all the time, and every answer has to be quick and honest (I12). */
  probes?: boolean;
  /** False, or what the machine lacks that it needs. */
  missing?: () => string | false;
  /** What this experiment promises beyond the invariants. */
  claim?: { title: string; check: (evidence: Evidence) => Promise<Finding> };
  run(stand: Stand): Promise<void>;
};
