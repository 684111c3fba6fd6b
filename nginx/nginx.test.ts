import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { freePort } from "../ops/embedded-postgres.ts";
import { missingReason } from "../ops/testing/programs.ts";
import { startSystem, type TestSystem } from "../ops/testing/system.ts";
import { renderNginx } from "./render.ts";

const skip = missingReason("nginx");

let system: TestSystem;
let nginx: ChildProcess | null = null;
let folder: string;
let origin: string;

before(async () => {
  if (skip) return;
  system = await startSystem();
  folder = await mkdtemp(join(tmpdir(), "verdict-nginx-"));
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  const path = await renderNginx({
    listen: `127.0.0.1:${port}`,
    // The second instance does not exist: what it is asked goes to the first.
    upstreams: [new URL(system.origin).host, `127.0.0.1:${await freePort()}`],
    runDirectory: folder,
  });
  execFileSync("nginx", ["-t", "-q", "-c", path], { stdio: ["ignore", "ignore", "inherit"] });
  nginx = spawn("nginx", ["-c", path, "-g", "daemon off;"], { stdio: ["ignore", "ignore", "pipe"] });
  await answering();
});

after(async () => {
  if (skip) return;
  if (nginx) {
    const exited = once(nginx, "exit");
    nginx.kill("SIGTERM");
    await exited;
  }
  await rm(folder, { recursive: true, force: true });
  await system.stop();
});

async function answering(): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const response = await fetch(`${origin}/health/live`).catch(() => null);
    if (response?.ok) return;
    await delay(25);
  }
  throw new Error("nginx did not answer within 5 s");
}

test("requests reach an instance that is there, with every security header once", { skip }, async () => {
  for (let request = 0; request < 6; request++) {
    const response = await fetch(`${origin}/sign-in`);
    assert.equal(response.status, 200);
    for (const name of ["content-security-policy", "x-content-type-options", "referrer-policy"]) {
      const value = response.headers.get(name);
      assert.ok(value, `${name} is missing`);
      if (name !== "content-security-policy") assert.doesNotMatch(value, /,/, `${name} is there twice`);
    }
    assert.ok(response.headers.get("x-request-id"));
    assert.equal(response.headers.get("x-powered-by"), null);
  }
});

test("static files are answered from the cache the second time, compressed", { skip }, async () => {
  // Not through nginx, whose zone of sign-ins the other tests use up.
  const page = await (await fetch(`${system.origin}/sign-in`)).text();
  const path = /\/static\/app\.css[^"]*/.exec(page)?.[0];
  assert.ok(path, "the page names no style sheet");
  const statuses: (string | null)[] = [];
  for (let request = 0; request < 2; request++) {
    const response: Response = await fetch(origin + path, { headers: { "accept-encoding": "gzip" } });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-encoding"), "gzip");
    assert.match(response.headers.get("cache-control") ?? "", /max-age=\d{5,}/);
    statuses.push(response.headers.get("x-cache-status"));
    await response.arrayBuffer();
  }
  assert.deepEqual(statuses, ["MISS", "HIT"]);
});

test("a WebSocket passes, subscribes and is answered", { skip }, async () => {
  const { body } = await system.call("POST", "/ws-tickets");
  const { ticket } = body as { ticket: string };
  const socket = new WebSocket(`${origin.replace("http", "ws")}/ws?ticket=${ticket}`, {
    origin: system.origin,
  });
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "ping" }));
  const [data] = await once(socket, "message");
  assert.equal(JSON.parse(String(data)).type, "pong");
  socket.close();
  await once(socket, "close");
});

test("metrics are not for the outside", { skip }, async () => {
  assert.equal((await fetch(`${origin}/metrics`)).status, 404);
});

test("a burst beyond the zone of sign-ins is refused with 429", { skip }, async () => {
  const statuses = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const response = await fetch(`${origin}/api/v1/auth/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email: "nobody@example.com", password: "wrong-password" }),
      });
      return response.status;
    }),
  );
  assert.ok(statuses.includes(429));
});
