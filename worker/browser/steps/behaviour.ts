import type { ResolvedTarget } from "../../../db/domain/events.ts";
import type { NewSnapshotPolicy } from "../../../db/domain/snapshots.ts";
import type { Step, StepOf, StepType } from "../../../db/domain/steps/index.ts";
import type { AttemptBaselines } from "../baselines.ts";
import type { AttemptContext } from "../context.ts";
import type { Deadline } from "../deadline.ts";
import type { Outbox } from "../outbox.ts";
import type { StepPlace } from "../step-place.ts";

/** What a step has to work with. */
export type StepContext = {
  /** Its place in the test case, from 0. */
  readonly index: number;
  /** The same, and the way to it inside of other steps. */
  readonly place: StepPlace;
  /** Somebody tries it on a paused page: nothing is to be left of it. */
  readonly isTried: boolean;
  /** The pictures that were approved. */
  readonly baselines: AttemptBaselines;
  readonly newSnapshots: NewSnapshotPolicy;
  /** One deadline for finding, waiting and acting. */
  readonly deadline: Deadline;
  /** Tabs, dialogs, mocks and everything else of the attempt in its browser. */
  readonly browser: AttemptContext;
  readonly outbox: Outbox;
  readonly baseUrl: string | null;
  /** Whether a text must not be seen by those who watch. */
  holdsSecret(text: string): boolean;
  /** The variables as they are now. */
  readonly variables: Readonly<Record<string, string>>;
  /** Gives a variable a value for the steps after this one, and says so in the log: the value, or what is shown instead. */
  setVariable(name: string, value: string, shown?: string): void;
  /** The value with its references replaced: for fields that a step asks again and again. */
  interpolated<T extends object>(value: T): T;
  /** Runs the steps inside of this one. @throws InnerFailure when one of them fails. */
  runSteps(steps: readonly Step[], branch: string): Promise<void>;
  /** Runs a reusable group. @throws InnerFailure; StepFailure when it can't be called so. */
  callGroup(name: string, values: Readonly<Record<string, string>>): Promise<void>;
};

export type StepResult = {
  /** The element that the step was about. */
  target?: ResolvedTarget | null;
  /** A picture that the step itself sent. */
  screenshotId?: string;
};

/**
 * Does what a step says, its references already replaced.
 * @throws StepFailure when the test is at fault; anything else is a fault of ours.
 */
export type StepBehaviour<T extends StepType> = (
  context: StepContext,
  step: StepOf<T>,
) => Promise<StepResult>;
