import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { tryLock } from "./setup/process-lock.mjs";

/** Something that a person can put right; shown without a stack. */
export class StartError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "StartError";
  }
}

/**
 * Takes the data folder for this process; released when the returned function is called or the process is gone.
 * @throws StartError when another living process uses the folder, or it cannot be written
 */
export function lockHome(home: string): () => void {
  try {
    mkdirSync(home, { recursive: true });
    const result = tryLock(join(home, "lock"));
    if (result.taken) return result.release;
    throw new StartError(
      `Verdict is already running on the data folder ${home} (process ${result.holder}). Stop it first, or start another one with VERDICT_HOME=<another folder> PORT=<another port>.`,
    );
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `The data folder ${home} cannot be used: ${error instanceof Error ? error.message : error}. Make it writable, or set VERDICT_HOME to a folder that is.`,
      { cause: error },
    );
  }
}
