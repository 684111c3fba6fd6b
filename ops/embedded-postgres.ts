import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import postgres from "postgres";
import { z } from "zod";
import { StartError } from "./home.ts";
import { type Account, serverAccount } from "./postgres/account.ts";
import { findPlace, type Place } from "./postgres/place.ts";
import { clearLeftovers, PortTakenError, type Server, startServer, stopServer } from "./postgres/server.ts";

const execute = promisify(execFile);
const initdbBoundMs = 120_000;
const portAttempts = 5;

/** A running embedded PostgreSQL. Addresses hold passwords. */
export type EmbeddedPostgres = {
  /** Role `verdict_owner`: owns the database `verdict` and migrates it. */
  ownerUrl: string;
  /** Role `verdict_app`: owns nothing and cannot bypass row-level security. */
  appUrl: string;
  /** The superuser's address, database `postgres`: for tests, which make databases of their own. */
  superuserUrl: string;
  /** Resolves when the server ended without `stop()`, to its last lines of log. */
  crashed: Promise<string>;
  /** Ends every connection and the server; bounded. */
  stop(): Promise<void>;
};

export type EmbeddedPostgresOptions = {
  /** The data folder; the caller holds its lock. */
  home: string;
  /** false only for tests: a power cut would lose data. */
  fsync?: boolean;
};

const credentialsSchema = z.object({
  superuser: z.string(),
  owner: z.string(),
  app: z.string(),
  port: z.number().int(),
});
type Credentials = z.infer<typeof credentialsSchema>;

/**
 * Starts the data folder's own PostgreSQL, made at the first start, on a loopback port.
 * @throws StartError with what is missing and what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const account = await serverAccount();
  const place = await findPlace(options.home, account);
  const credentials = await readOrInitialise(place, account);
  await clearLeftovers(place.dataFolder);
  const { server, port } = await startOnFreePort(place, account, credentials.port, options.fsync ?? true);
  let stopping = false;
  try {
    if (port !== credentials.port) writeCredentials(place, { ...credentials, port });
    const url = (role: string, password: string, database: string) =>
      `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;
    const superuserUrl = url("postgres", credentials.superuser, "postgres");
    await ensureRoles(superuserUrl, url("postgres", credentials.superuser, "verdict"), credentials);
    return {
      superuserUrl,
      ownerUrl: url("verdict_owner", credentials.owner, "verdict"),
      appUrl: url("verdict_app", credentials.app, "verdict"),
      crashed: new Promise((resolve) => {
        server.process.once("exit", () => !stopping && resolve(server.log()));
      }),
      stop: async () => {
        stopping = true;
        await stopServer(server);
      },
    };
  } catch (error) {
    stopping = true;
    await stopServer(server);
    throw error;
  }
}

async function readOrInitialise(place: Place, account: Account): Promise<Credentials> {
  const file = join(place.folder, "credentials.json");
  const hasData = existsSync(join(place.dataFolder, "PG_VERSION"));
  if (hasData && existsSync(file)) {
    await refuseOtherVersion(place);
    return credentialsSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  }
  if (hasData) {
    throw new StartError(
      `The embedded database in ${place.dataFolder} is there, but its passwords (${file}) are not: restore that file from a backup, or remove the folder to start with an empty database.`,
    );
  }
  const password = () => randomBytes(24).toString("base64url");
  const credentials = { superuser: password(), owner: password(), app: password(), port: await freePort() };
  // Written first: an interruption in between must not leave a database without its passwords.
  writeCredentials(place, credentials);
  await initialise(place, account, credentials.superuser);
  return credentials;
}

async function refuseOtherVersion(place: Place): Promise<void> {
  const data = readFileSync(join(place.dataFolder, "PG_VERSION"), "utf8").trim();
  const { stdout } = await execute(join(place.binaries, "postgres"), ["--version"], { timeout: 20_000 });
  const program = stdout.match(/(\d+)/)?.[1];
  if (program === data) return;
  throw new StartError(
    `The embedded database in ${place.dataFolder} was made by PostgreSQL ${data}, and this release brings ${program}: export with the older release and import here, or use DATABASE_URL.`,
  );
}

/** initdb into a folder beside, renamed when complete: an interrupted first start leaves nothing half made. */
async function initialise(place: Place, account: Account, password: string): Promise<void> {
  const draft = `${place.dataFolder}-partial`;
  const passwordFile = join(place.folder, "initdb-password");
  rmSync(draft, { recursive: true, force: true });
  renameSync(place.dataFolder, draft);
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account !== null) chownSync(passwordFile, account.uid, account.gid);
  const flags = [
    ...["--pgdata", draft, "--username", "postgres", "--pwfile", passwordFile],
    ...["--auth", "scram-sha-256", "--encoding", "UTF8"],
    // The server's own rules for letters, the same on every machine whatever locales it has.
    ...["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"],
  ];
  try {
    await execute(join(place.binaries, "initdb"), flags, {
      timeout: initdbBoundMs,
      cwd: draft,
      env: { PATH: process.env.PATH ?? "", LC_ALL: "C", TZ: "UTC" },
      ...(account ?? {}),
    });
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    throw new StartError(`The embedded database could not be made. initdb said:\n${said.trim()}`, {
      cause: error,
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, place.dataFolder);
}

function writeCredentials(place: Place, credentials: Credentials): void {
  const file = join(place.folder, "credentials.json");
  const draft = `${file}.partial`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

async function startOnFreePort(
  place: Place,
  account: Account,
  remembered: number,
  fsync: boolean,
): Promise<{ server: Server; port: number }> {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    shared_preload_libraries: "pg_stat_statements",
    max_connections: "200",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    ...(fsync ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  for (let attempt = 0; attempt < portAttempts; attempt++) {
    const port = attempt === 0 ? remembered : await freePort();
    try {
      return { server: await startServer({ place, account, port, settings }), port };
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
    }
  }
  throw new StartError(
    `No free port was found for the embedded PostgreSQL in ${portAttempts} attempts: set DATABASE_URL, or free some ports.`,
  );
}

/** A port that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Roles, database and the extension that only a superuser may make. Each is left alone when it is there. */
async function ensureRoles(
  superuserUrl: string,
  databaseUrl: string,
  credentials: Credentials,
): Promise<void> {
  await withConnection(superuserUrl, async (sql) => {
    const roles = await sql<{ rolname: string }[]>`SELECT rolname FROM pg_roles`;
    const names = new Set(roles.map((role) => role.rolname));
    for (const [role, password] of [
      ["verdict_owner", credentials.owner],
      ["verdict_app", credentials.app],
    ] as const) {
      // Passwords are ours (base64url), so quoting them by hand is safe; DDL takes no parameters.
      if (!names.has(role)) {
        await sql.unsafe(
          `CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD '${password}'`,
        );
      }
    }
    const [database] = await sql`SELECT 1 FROM pg_database WHERE datname = 'verdict'`;
    if (database === undefined) await sql.unsafe("CREATE DATABASE verdict OWNER verdict_owner");
  });
  await withConnection(databaseUrl, async (sql) => {
    const [extension] = await sql`SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'`;
    if (extension !== undefined) return;
    await sql.unsafe("CREATE EXTENSION pg_stat_statements");
    await sql.unsafe("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    await sql.unsafe("ALTER SCHEMA public OWNER TO verdict_owner");
  });
}

async function withConnection(url: string, work: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: 20, onnotice: () => undefined });
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
