import type { StepStatus } from "../../db/domain/events.ts";
import type { Worker } from "../../db/domain/installation.ts";
import type {
  AttemptStatus,
  ExecutionStatus,
  JobOutcome,
  JobState,
  TestCaseStatus,
} from "../../db/domain/states.ts";
import { Icon, type IconName } from "./icon.tsx";

export type StatusWord =
  | ExecutionStatus
  | AttemptStatus
  | StepStatus
  | TestCaseStatus
  | JobState
  | JobOutcome
  | Worker["state"]
  | "pending";

export type Tone = "passed" | "failed" | "flaky" | "error" | "running" | "quiet";

/** Each status has one tone and one icon, everywhere; the word is the status itself. */
const looks = {
  queued: ["quiet", "queued"],
  running: ["running", "running"],
  passed: ["passed", "passed"],
  failed: ["failed", "failed"],
  flaky: ["flaky", "flaky"],
  error: ["error", "error"],
  cancelled: ["quiet", "cancelled"],
  skipped: ["quiet", "skipped"],
  lost: ["error", "lost"],
  pending: ["quiet", "pending"],
  draft: ["quiet", "draft"],
  active: ["passed", "active"],
  deprecated: ["quiet", "deprecated"],
  quarantined: ["flaky", "quarantined"],
  ready: ["quiet", "queued"],
  scheduled: ["flaky", "queued"],
  done: ["passed", "passed"],
  dead: ["failed", "failed"],
  quiet: ["quiet", "pending"],
  draining: ["flaky", "stop"],
} as const satisfies Record<StatusWord, readonly [Tone, IconName]>;

export function toneOf(status: StatusWord): Tone {
  return looks[status][0];
}

export function StatusIcon({ of, label = true }: { of: StatusWord; label?: boolean }) {
  const [tone, icon] = looks[of];
  return (
    <span class={`dot t-${tone}`} title={label ? of : undefined}>
      <Icon name={icon} />
      {label ? <span class="sr">{of}</span> : null}
    </span>
  );
}

/** Colour, icon and word. */
export function Status({ of, pill = false }: { of: StatusWord; pill?: boolean }) {
  const [tone, icon] = looks[of];
  return (
    <span class={`status t-${tone}${pill ? " status-pill" : ""}`}>
      <Icon name={icon} />
      {of}
    </span>
  );
}
