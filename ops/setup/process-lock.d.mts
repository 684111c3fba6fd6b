export type LockResult = { taken: true; release: () => void } | { taken: false; holder: number };

/** Takes the lock if nobody alive holds it. */
export function tryLock(file: string): LockResult;

/** Takes the lock, waiting for its holder for at most `waitMs`; resolves to its release. */
export function lock(
  file: string,
  options: { waitMs: number; onWait?: (holder: number) => void },
): Promise<() => void>;

/** A text that differs between two processes with the same pid, or null when the pid is not alive. */
export function startOf(pid: number): string | null;
