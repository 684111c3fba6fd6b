/** How a command ends: all green; a test failed; trouble that is not the tested page's; it was asked for the wrong way. */
export type ExitCode = 0 | 1 | 2 | 3;

/** What went wrong, for the person at the terminal: no stack. */
export class CliFailure extends Error {
  readonly exitCode: Exclude<ExitCode, 0>;

  constructor(message: string, options: { cause?: unknown; exitCode?: Exclude<ExitCode, 0> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CliFailure";
    this.exitCode = options.exitCode ?? 2;
  }
}

/** What was asked for can't be: the next try needs other arguments, files or settings. */
export class UsageFailure extends CliFailure {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { ...options, exitCode: 3 });
  }
}
