import { readFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../embedded-postgres.ts";
import { childrenOf } from "./processes.ts";

/** A PostgreSQL of the fault suite's own, with fsync on, that can be stopped and killed. */
export type DatabaseServer = {
  superuserUrl: string;
  /** SIGINT, as an operator restarts it. `downMs`: how long it stays away. */
  stop(): Promise<void>;
  /** SIGKILL of the postmaster: its children notice and go. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** SIGSTOP of all of it: connections stay, new ones are taken by the system, nobody answers. */
  freeze(): void;
  thaw(): void;
};

export async function startDatabaseServer(home: string): Promise<DatabaseServer> {
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ home });
  const { superuserUrl } = server;
  const dataFolder = await dataFolderOf(superuserUrl);
  const postmaster = () => Number(readFileSync(join(dataFolder, "postmaster.pid"), "utf8").split("\n")[0]);
  const signal = (name: NodeJS.Signals) => {
    for (const pid of [postmaster(), ...childrenOf(postmaster())]) process.kill(pid, name);
  };
  let isUp = true;
  return {
    superuserUrl,
    async stop() {
      if (!isUp) return;
      isUp = false;
      await server.stop();
    },
    async kill() {
      if (!isUp) return;
      isUp = false;
      process.kill(postmaster(), "SIGKILL");
      await server.crashed;
    },
    async start() {
      if (isUp) return;
      server = await startEmbeddedPostgres({ home });
      if (server.superuserUrl !== superuserUrl) throw new Error("the database came back at another address");
      isUp = true;
    },
    // The postmaster first: it must not start another one meanwhile.
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
  };
}

async function dataFolderOf(superuserUrl: string): Promise<string> {
  const sql = postgres(superuserUrl, { max: 1 });
  try {
    const [row] = await sql<{ folder: string }[]>`select current_setting('data_directory') as folder`;
    if (!row) throw new Error("the server did not say where its data are");
    return row.folder;
  } finally {
    await sql.end();
  }
}
