/** What went wrong, for the person at the terminal: no stack. */
export class CliFailure extends Error {
  /** 1: a test failed. 2: wrong usage, or trouble that is not the tested page's. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { cause?: unknown; exitCode?: 1 | 2 } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CliFailure";
    this.exitCode = options.exitCode ?? 2;
  }
}
