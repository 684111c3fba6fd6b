import type { ResolvedTarget } from "../../../db/domain/events.ts";
import type { StepOf, StepType } from "../../../db/domain/steps/index.ts";
import type { AttemptContext } from "../context.ts";
import type { Deadline } from "../deadline.ts";
import type { Outbox } from "../outbox.ts";

/** What a step has to work with. */
export type StepContext = {
  /** Its place in the test case, from 0. */
  readonly index: number;
  /** One deadline for finding, waiting and acting. */
  readonly deadline: Deadline;
  /** Tabs, dialogs, mocks and everything else of the attempt in its browser. */
  readonly browser: AttemptContext;
  readonly outbox: Outbox;
  readonly baseUrl: string | null;
  /** Gives a variable a value for the steps after this one, and says so in the log. */
  setVariable(name: string, value: string): void;
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
