import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../embedded-postgres.ts";
import { findProgram } from "./programs.ts";

const startBoundMs = 10_000;
/** Fewer than the processes behind it want: they share, as they do in earnest. */
const serverConnections = 5;

/** A PgBouncer of the test's own, in transaction mode, before the database of this address. */
export async function startPgbouncer(databaseUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const program = findProgram("pgbouncer");
  if (program === null) throw new Error("pgbouncer is not installed: skip the test with missingReason()");
  const folder = mkdtempSync(join(tmpdir(), "verdict-pgbouncer-"));
  const target = new URL(databaseUrl);
  const port = await freePort();
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(join(folder, "users"), `"${target.username}" "${decodeURIComponent(target.password)}"\n`);
  writeFileSync(file, configOf(target, port, folder));
  // It refuses to run as root; as nobody it has to be able to read its files.
  chmodSync(folder, 0o755);
  const asNobody = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn(program, ["-q", ...asNobody, file], { stdio: "ignore" });
  const exited = once(child, "exit");
  const stop = async () => {
    // At once: in transaction mode it would wait for clients that stay.
    child.kill("SIGTERM");
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = new URL(target);
  url.host = `127.0.0.1:${port}`;
  url.searchParams.set("pgbouncer", "true");
  const deadline = performance.now() + startBoundMs;
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`PgBouncer did not start: exit code ${child.exitCode}`);
    }
    await delay(50);
  }
  return { url: url.href, stop };
}

function configOf(target: URL, port: number, folder: string): string {
  return `[databases]
* = host=${target.hostname} port=${target.port || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(folder, "users")}
pool_mode = transaction
default_pool_size = ${serverConnections}
max_client_conn = 200
`;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
