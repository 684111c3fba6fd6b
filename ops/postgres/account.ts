import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { StartError } from "../home.ts";

const execute = promisify(execFile);
const boundMs = 20_000;

/** The system user that PostgreSQL runs as; null = ourselves (PostgreSQL refuses to run as root). */
export type Account = { uid: number; gid: number } | null;

/**
 * Ourselves, or as root the user `postgres`, made when it is missing.
 * @throws StartError when there is no such user and it cannot be made
 */
export async function serverAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return null;
  const known = await idsOf("postgres");
  if (known !== null) return known;
  try {
    const shell = [
      "--system",
      "--user-group",
      "--no-create-home",
      "--shell",
      "/usr/sbin/nologin",
      "postgres",
    ];
    await execute("useradd", shell, { timeout: boundMs });
  } catch (error) {
    // Another start may have made it in the meantime; only its absence matters.
    const made = await idsOf("postgres");
    if (made !== null) return made;
    throw new StartError(
      `The embedded PostgreSQL does not run as root, and the system user "postgres" could not be made (${error instanceof Error ? error.message.trim() : error}). Make it by hand (useradd --system postgres), start Verdict as another user than root, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  const made = await idsOf("postgres");
  if (made === null) throw new StartError('The system user "postgres" was made, but `id postgres` fails.');
  return made;
}

async function idsOf(name: string): Promise<Account> {
  try {
    const [uid, gid] = await Promise.all(
      ["-u", "-g"].map(async (flag) =>
        Number((await execute("id", [flag, name], { timeout: boundMs })).stdout),
      ),
    );
    return uid === undefined || gid === undefined ? null : { uid, gid };
  } catch {
    return null; // `id` says by its exit code that there is no such user
  }
}

/** Whether that user can reach and read or run a path: asked of the system itself, so every rule counts. */
export async function canAccess(account: Account, flag: "-x" | "-r", path: string): Promise<boolean> {
  try {
    await execute("test", [flag, path], { timeout: boundMs, cwd: "/", ...(account ?? {}) });
    return true;
  } catch {
    return false;
  }
}
