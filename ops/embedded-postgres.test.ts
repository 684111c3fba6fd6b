import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import postgres from "postgres";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres.ts";
import { lockHome } from "./home.ts";
import { startOf } from "./setup/process-lock.mjs";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-pg-"));
  chmodSync(folder, 0o755);
});
after(() => rmSync(folder, { recursive: true, force: true }));

function newHome(name: string): string {
  const home = join(folder, name);
  mkdirSync(home);
  return home;
}

async function query<T extends object>(url: string, text: string): Promise<T[]> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    return [...(await sql.unsafe<T[]>(text))];
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function postmasterPid(home: string): number {
  return Number(readFileSync(join(home, "postgres", "data", "postmaster.pid"), "utf8").split("\n")[0]);
}

/** Starts the server in another process, which is then killed with everything it started. */
async function startElsewhere(home: string): Promise<{ child: ChildProcess; ownerUrl: string }> {
  const module = new URL("./embedded-postgres.ts", import.meta.url).href;
  const script = `import { startEmbeddedPostgres } from ${JSON.stringify(module)};
    const server = await startEmbeddedPostgres({ home: ${JSON.stringify(home)} });
    process.send(server.ownerUrl); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [ownerUrl] = await once(child, "message");
  return { child, ownerUrl: String(ownerUrl) };
}

async function untilGone(pid: number): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (startOf(pid) !== null) {
    assert.ok(Date.now() < deadline, `process ${pid} is still there`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("embedded PostgreSQL", () => {
  it("makes an owner and an application role that owns nothing and cannot pass row-level security", async () => {
    const server = await startEmbeddedPostgres({ home: newHome("roles") });
    try {
      await query(server.ownerUrl, "CREATE TABLE things (id int)");
      await assert.rejects(query(server.appUrl, "SELECT * FROM things"), /permission denied/);
      await assert.rejects(query(server.appUrl, "CREATE TABLE mine (id int)"), /permission denied/);
      const roles = await query(
        server.appUrl,
        "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user",
      );
      assert.deepEqual(roles, [{ rolsuper: false, rolbypassrls: false, rolcreatedb: false }]);
      const settings = await query<{ setting: string }>(
        server.ownerUrl,
        "SELECT setting FROM pg_settings WHERE name IN ('fsync', 'listen_addresses', 'server_encoding') ORDER BY name",
      );
      assert.deepEqual(
        settings.map((row) => row.setting),
        ["on", "127.0.0.1", "UTF8"],
      );
      await query(server.ownerUrl, "SELECT count(*) FROM pg_stat_statements");
    } finally {
      await server.stop();
    }
  });

  it("refuses a wrong password and keeps the right ones to the owner of the folder", async () => {
    const home = newHome("passwords");
    const server = await startEmbeddedPostgres({ home });
    try {
      const wrong = new URL(server.appUrl);
      wrong.password = "wrong";
      await assert.rejects(query(wrong.href, "SELECT 1"), /password authentication failed/);
      assert.equal(statSync(join(home, "postgres", "credentials.json")).mode & 0o777, 0o600);
    } finally {
      await server.stop();
    }
  });

  it("keeps its data and its port over a stop and a start, and leaves no process", async () => {
    const home = newHome("restart");
    const first = await startEmbeddedPostgres({ home });
    await query(first.ownerUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
    const pid = postmasterPid(home);
    await first.stop();
    assert.equal(startOf(pid), null);
    const second = await startEmbeddedPostgres({ home });
    try {
      assert.equal(second.ownerUrl, first.ownerUrl);
      assert.deepEqual(await query(second.ownerUrl, "SELECT answer FROM kept"), [{ answer: 42 }]);
    } finally {
      await second.stop();
    }
  });

  it("takes another port when its own is taken meanwhile", async () => {
    const home = newHome("port");
    const first = await startEmbeddedPostgres({ home });
    await first.stop();
    const squatter = createServer().listen(Number(new URL(first.appUrl).port), "127.0.0.1");
    await once(squatter, "listening");
    try {
      const second = await startEmbeddedPostgres({ home });
      assert.notEqual(new URL(second.appUrl).port, new URL(first.appUrl).port);
      await second.stop();
    } finally {
      squatter.close();
    }
  });

  it("starts again with its data after everything was killed", async () => {
    const home = newHome("killed");
    const { child, ownerUrl } = await startElsewhere(home);
    await query(ownerUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
    const postmaster = postmasterPid(home);
    child.kill("SIGKILL");
    process.kill(postmaster, "SIGKILL");
    await untilGone(postmaster);
    const again = await startEmbeddedPostgres({ home });
    try {
      assert.deepEqual(await query(again.ownerUrl, "SELECT answer FROM kept"), [{ answer: 42 }]);
    } finally {
      await again.stop();
    }
  });

  it("does not leave the server behind when only its starter was killed", async () => {
    const home = newHome("orphan");
    const { child } = await startElsewhere(home);
    const postmaster = postmasterPid(home);
    child.kill("SIGKILL");
    const again = await startEmbeddedPostgres({ home });
    try {
      assert.equal(startOf(postmaster), null);
    } finally {
      await again.stop();
    }
  });

  it("runs two data folders side by side", async () => {
    const servers: EmbeddedPostgres[] = [];
    try {
      servers.push(
        ...(await Promise.all([
          startEmbeddedPostgres({ home: newHome("left") }),
          startEmbeddedPostgres({ home: newHome("right") }),
        ])),
      );
      for (const server of servers) await query(server.ownerUrl, "CREATE TABLE mine (id int)");
      assert.equal(new Set(servers.map((server) => server.ownerUrl)).size, 2);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  it("says when the server ends without being told to", async () => {
    const home = newHome("crash");
    const server = await startEmbeddedPostgres({ home });
    process.kill(postmasterPid(home), "SIGQUIT");
    assert.match(await server.crashed, /immediate shutdown/);
    await server.stop();
  });

  const isRoot = process.getuid?.() === 0;
  it("finds another place when the data folder is out of reach of its user", {
    skip: !isRoot && "needs root: only then does the server run as another user",
  }, async () => {
    const home = newHome("private");
    chmodSync(home, 0o700);
    const server = await startEmbeddedPostgres({ home });
    const place = readFileSync(join(home, "postgres.location"), "utf8").trim();
    try {
      assert.match(place, /^\/var\/lib\/verdict-/);
      assert.equal(statSync(home).mode & 0o777, 0o700);
      await query(server.ownerUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
      await server.stop();
      const again = await startEmbeddedPostgres({ home });
      assert.deepEqual(await query(again.ownerUrl, "SELECT answer FROM kept"), [{ answer: 42 }]);
      await again.stop();
    } finally {
      await server.stop();
      rmSync(place, { recursive: true, force: true });
    }
  });
});

describe("data folder", () => {
  it("serves one Verdict at a time", () => {
    const home = newHome("lock");
    const release = lockHome(home);
    assert.throws(() => lockHome(home), /already running on the data folder .* \(process \d+\)/);
    release();
    lockHome(home)();
    assert.equal(existsSync(join(home, "lock")), false);
  });

  it("is refused in words when it cannot be made", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    assert.throws(() => lockHome(join(file, "home")), /The data folder .*home cannot be used: ENOTDIR/);
  });
});
