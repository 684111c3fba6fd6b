import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import type { Execution } from "../../db/domain/resources.ts";
import { isFinal } from "../../db/domain/states.ts";
import { startPgbouncer } from "../testing/pgbouncer.ts";
import { missingReason } from "../testing/programs.ts";
import { startSystem, type TestSystem, until } from "../testing/system.ts";

const skip = missingReason("pgbouncer");
let system: TestSystem;
before(async () => {
  if (!skip) system = await startSystem({}, startPgbouncer);
});
after(() => system?.stop());

test("behind PgBouncer in transaction mode tests run, are watched live and stopped, by polling alone, which is said at the start", {
  skip,
}, async () => {
  system.startWorker();
  const run = async (steps: unknown[]): Promise<Execution> => {
    const { body: suite } = await system.call("GET", `/test-suites/${system.demoSuiteId}`);
    const { projectId } = suite as { projectId: string };
    const input = { projectId, name: `pooled ${Math.random()}`, steps };
    const { body: testCase } = await system.call("POST", "/test-cases", input);
    const { id: testCaseId } = testCase as { id: string };
    const { status, body } = await system.call("POST", "/executions", { testCaseId });
    assert.equal(status, 202, JSON.stringify(body));
    return body as Execution;
  };
  const ended = (id: string) =>
    until(
      "the end of the execution",
      90_000,
      async () => (await system.call("GET", `/executions/${id}`)).body as Execution,
      ({ status }) => isFinal(status),
    );

  const passing = await run([
    { type: "goto", url: system.demoUrl },
    { type: "waitFor", ms: 500 },
  ]);
  await watchToTheEnd(passing.id);
  assert.equal((await ended(passing.id)).status, "passed");

  const lasting = await run([
    { type: "goto", url: system.demoUrl },
    { type: "waitFor", ms: 60_000 },
  ]);
  await until(
    "it runs",
    60_000,
    async () => (await system.call("GET", `/executions/${lasting.id}`)).body as Execution,
    ({ status }) => status === "running",
  );
  assert.equal((await system.call("POST", `/executions/${lasting.id}/stop`)).status, 202);
  assert.equal((await ended(lasting.id)).status, "cancelled");

  for (const log of ["api-0.log", "worker-1.log"]) {
    assert.match(await readFile(join(system.home, log), "utf8"), /"polling-only"/, log);
  }
});

/** Resolves when a subscriber has been sent the last event. */
async function watchToTheEnd(executionId: string): Promise<void> {
  const { body } = await system.call("POST", "/ws-tickets");
  const { ticket } = body as { ticket: string };
  const socket = new WebSocket(`${system.origin.replace("http", "ws")}/ws?ticket=${ticket}`);
  try {
    let seen = 0;
    let isOver = false;
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as { type: string; event?: { type: string } };
      if (message.event) seen++;
      isOver ||= message.event?.type === "execution-finished";
    });
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "subscribe", topic: `execution:${executionId}`, after: 0 }));
    await until(
      "the subscriber has been sent the last event",
      90_000,
      async () => ({ isOver, seen }),
      () => isOver,
    );
  } finally {
    socket.terminate();
  }
}
