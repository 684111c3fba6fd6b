import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eq } from "drizzle-orm";
import { newId } from "../../db/domain/ids.ts";
import type { Execution } from "../../db/domain/resources.ts";
import { members } from "../../db/schema/identity.ts";
import { setTenant } from "../../db/services/context.ts";
import { listLogs } from "../../db/services/executions.ts";
import { removeMember } from "../../db/services/members.ts";
import { putProjectMember, removeProjectMember } from "../../db/services/project-members.ts";
import { updateProject } from "../../db/services/projects.ts";
import { stopRun } from "../../db/services/runs.ts";
import { publicUrl } from "../testing/app.ts";
import { addEvents, logEvent, makeExecution } from "../testing/fixture.ts";
import { type Client, type LiveApp, liveApp, type Message, upTo } from "../testing/sockets.ts";

let t: LiveApp;
before(async () => {
  t = await liveApp({ recheckMs: 200, messagesWaitingMax: 60, pageSize: 20 });
});
after(() => t?.stop());

const newExecution = (of: LiveApp = t): Promise<Execution> => makeExecution(of);

const texts = (count: number, first = 1) =>
  Array.from({ length: count }, (_, i) => logEvent(`line ${first + i}`));

/** What a client was told about a topic, as the database has it. */
function transcript(client: Client, topic: string): unknown[] {
  return client.messages.flatMap((message) =>
    message.type === "event" && message.topic === topic ? [message.event] : [],
  );
}

async function stored(execution: Execution): Promise<unknown[]> {
  return (await listLogs(t.world.as.alice, execution.id, { after: 0, limit: 1_000 })).items;
}

describe("the log of an execution", () => {
  it("comes to every client whole and in order, also to one that loses its connection again and again", async () => {
    const execution = await newExecution();
    const topic = `execution:${execution.id}`;
    const steady = await t.as("alice");
    steady.subscribe(topic);
    const total = 120;
    const writing = (async () => {
      for (let first = 1; first <= total; first += 6) await addEvents(t, execution, first, texts(6, first));
      await addEvents(t, execution, total + 1, [
        { type: "execution-finished", status: "passed", failure: null },
      ]);
    })();
    const seen: unknown[] = [];
    let last = 0;
    while (last <= total) {
      const client = await t.as("bob");
      client.subscribe(topic, last);
      await client.until(({ type, seq }) => type === "event" && (seq ?? 0) >= Math.min(total + 1, last + 17));
      client.socket.terminate();
      const got = transcript(client, topic);
      seen.push(...got);
      last = client.seqs(topic).at(-1) ?? last;
    }
    await writing;
    await steady.untilSeq(topic, total + 1);
    const rows = await stored(execution);
    assert.equal(rows.length, total + 1);
    assert.deepEqual(transcript(steady, topic), rows);
    assert.deepEqual(seen, rows);
    assert.deepEqual(steady.messages[0], { type: "subscribed", topic, seq: 0 });
  });

  it("is replayed from the number that the client names", async () => {
    const execution = await newExecution();
    await addEvents(t, execution, 1, texts(50));
    const topic = `execution:${execution.id}`;
    const client = await t.as("alice");
    client.subscribe(topic, 45);
    await client.untilSeq(topic, 50);
    assert.deepEqual(client.seqs(topic), [46, 47, 48, 49, 50]);
    await addEvents(t, execution, 51, texts(1, 51));
    await client.untilSeq(topic, 51);
    const late = await t.as("alice");
    late.subscribe(topic, 0);
    await late.untilSeq(topic, 51);
    assert.deepEqual(late.seqs(topic), upTo(51));
    const ahead = await t.as("alice");
    ahead.subscribe(topic, 52);
    await ahead.until(({ type }) => type === "subscribed");
    await addEvents(t, execution, 52, texts(2, 52));
    await ahead.untilSeq(topic, 53);
    assert.deepEqual(ahead.seqs(topic), [53]);
  });

  it("stops with an unsubscription and starts anew with a second subscription", async () => {
    const execution = await newExecution();
    const topic = `execution:${execution.id}`;
    const client = await t.as("alice");
    client.subscribe(topic);
    await addEvents(t, execution, 1, texts(1));
    await client.untilSeq(topic, 1);
    client.send({ type: "unsubscribe", topic });
    await client.until(({ type }) => type === "unsubscribed");
    await addEvents(t, execution, 2, texts(1, 2));
    client.send({ type: "ping" });
    await client.until(({ type }) => type === "pong");
    assert.deepEqual(client.seqs(topic), [1]);
    client.subscribe(topic, 1);
    await client.untilSeq(topic, 2);
  });
});

it("without a single hint everything comes as well, a little later", async () => {
  const quiet = await liveApp({ pollMs: 30 }, false);
  const execution = await newExecution(quiet);
  const client = await quiet.as("alice");
  client.subscribe(`execution:${execution.id}`);
  client.subscribe(`run:${execution.runId}`);
  await client.until(({ topic, type }) => topic === `run:${execution.runId}` && type === "event");
  await addEvents(quiet, execution, 1, texts(30));
  await client.untilSeq(`execution:${execution.id}`, 30);
  assert.deepEqual(client.seqs(`execution:${execution.id}`), upTo(30));
  assert.deepEqual(quiet.hints, []);
  await quiet.stop();
});

const runOf = (message: Message) => message.event?.run as { status: string; revision: number } | undefined;

describe("a run and a project", () => {
  it("send their newest state, each newer than the one before", async () => {
    const execution = await newExecution();
    const client = await t.as("bob");
    client.subscribe(`run:${execution.runId}`);
    client.subscribe(`project:${execution.projectId}`);
    const first = await client.until(
      ({ topic, type }) => type === "event" && topic === `run:${execution.runId}`,
    );
    assert.equal(runOf(first)?.status, "queued");
    await stopRun(t.world.as.alice, execution.runId);
    const isCancelled = (message: Message) => runOf(message)?.status === "cancelled";
    const last = await client.until(isCancelled);
    assert.equal(last.seq, runOf(last)?.revision);
    await client.until(
      ({ event }) =>
        event?.type === "project-changed" &&
        (event.runs as { id: string; status: string }[]).some(
          ({ id, status }) => id === execution.runId && status === "cancelled",
        ),
    );
    for (const topic of [`run:${execution.runId}`, `project:${execution.projectId}`]) {
      const seqs = client.seqs(topic);
      assert.deepEqual(
        seqs,
        [...new Set(seqs)].sort((a, b) => a - b),
      );
    }
  });
});

describe("what a socket may watch", () => {
  it("is what its user may see, and nothing else", async () => {
    const execution = await newExecution();
    const client = await t.as("charlie");
    const topics = [`execution:${execution.id}`, `run:${execution.runId}`, `project:${execution.projectId}`];
    for (const topic of topics) {
      client.subscribe(topic);
      assert.equal((await client.until((message) => message.topic === topic)).code, "not-found");
    }
    client.subscribe(`execution:${newId()}`);
    await client.until(({ topic, code }) => !topics.includes(topic ?? "") && code === "not-found");
    await addEvents(t, execution, 1, texts(1));
    client.send({ type: "ping" });
    await client.until(({ type }) => type === "pong");
    assert.ok(client.messages.every(({ type }) => type !== "event"));
  });

  it("ends with the user's membership", async () => {
    const execution = await newExecution();
    const topic = `execution:${execution.id}`;
    const client = await t.as("dora");
    client.subscribe(topic);
    await client.until(({ type }) => type === "subscribed");
    await t.deps.db.orm.transaction(async (tx) => {
      await setTenant(tx, [t.world.a.id], null);
      await tx.delete(members).where(eq(members.userId, t.people.dora.id));
    });
    assert.equal((await client.until(({ code }) => code !== undefined)).code, "not-found");
    await addEvents(t, execution, 1, texts(1));
    client.send({ type: "ping" });
    await client.until(({ type }) => type === "pong");
    assert.deepEqual(client.seqs(topic), []);
  });

  it("ends at once when somebody is removed, without waiting for the next look", async () => {
    const patient = await liveApp({ recheckMs: 3_600_000 });
    const execution = await newExecution(patient);
    const topic = `execution:${execution.id}`;
    const client = await patient.as("bob");
    client.subscribe(topic);
    await client.until(({ type }) => type === "subscribed");
    await removeMember(patient.world.as.alice, patient.world.a.id, patient.people.bob.id);
    assert.equal((await client.until(({ code }) => code !== undefined)).code, "not-found");
    await patient.stop();
  });

  it("ends at once when the project is closed to its watcher", async () => {
    const patient = await liveApp({ recheckMs: 3_600_000 });
    const { alice } = patient.world.as;
    const execution = await newExecution(patient);
    await putProjectMember(alice, execution.projectId, patient.people.bob.id, "viewer");
    const [bob, pat] = [await patient.as("bob"), await patient.as("pat")];
    for (const client of [bob, pat]) {
      client.subscribe(`run:${execution.runId}`);
      await client.until(({ type }) => type === "event");
    }
    await updateProject(alice, execution.projectId, { access: "members" });
    assert.equal((await pat.until(({ code }) => code !== undefined)).code, "not-found");
    await removeProjectMember(alice, execution.projectId, patient.people.bob.id);
    assert.equal((await bob.until(({ code }) => code !== undefined)).code, "not-found");
    await patient.stop();
  });

  it("ends with the session", async () => {
    const cookie = await t.cookie("bob");
    const client = await t.open({ headers: { cookie, origin: publicUrl } });
    await t.deps.sessions.revoke(cookie);
    assert.equal((await client.closed).code, 1008);
  });
});

describe("opening a socket", () => {
  it("is refused to strangers, to pages of other sites, and to a cookie without an Origin", async () => {
    const cookie = await t.cookie("alice");
    await assert.rejects(t.open(), /refused: 401/);
    await assert.rejects(t.open({ headers: { cookie } }), /refused: 403/);
    await assert.rejects(t.open({ headers: { cookie, origin: "http://evil.test" } }), /refused: 403/);
    await assert.rejects(t.open({ headers: { cookie, origin: "null" } }), /refused: 403/);
    await assert.rejects(t.open({ headers: { authorization: "Bearer nonsense" } }), /refused: 401/);
    await t.open({ headers: { cookie, origin: publicUrl } });
    await t.open({ headers: { authorization: await t.bearer("alice") } });
  });

  it("works once with a ticket, and not from another site", async () => {
    const ticket = async () => `?ticket=${(await t.call("alice", "POST", "/ws-tickets")).body.ticket}`;
    const query = await ticket();
    const client = await t.open({ query });
    client.send({ type: "ping" });
    await client.until(({ type }) => type === "pong");
    await assert.rejects(t.open({ query }), /refused: 401/);
    await assert.rejects(t.open({ query: "?ticket=nonsense" }), /refused: 401/);
    await assert.rejects(
      t.open({ query: await ticket(), headers: { origin: "http://evil.test" } }),
      /refused: 403/,
    );
  });

  it("is refused to one who has too many open already", async () => {
    const few = await liveApp({ socketsPerUserMax: 2 });
    await few.as("alice");
    const second = await few.as("alice");
    await assert.rejects(few.as("alice"), /refused: 429/);
    await few.as("bob");
    second.socket.close();
    await second.closed;
    await few.as("alice");
    await few.stop();
  });
});

describe("a message", () => {
  it("that is none of ours is answered with an error, and the socket lives on", async () => {
    const client = await t.as("alice");
    const wrong = ["nonsense", "{}", '{"type":"subscribe"}', '{"type":"ping","extra":1}', "null", "[]"];
    for (const text of wrong) client.send(text);
    client.socket.send(new Uint8Array([1, 2, 3]));
    client.subscribe("execution:nonsense");
    client.subscribe("nothing:at-all");
    client.send({ type: "ping" });
    await client.until(({ type }) => type === "pong");
    const codes = client.messages.map(({ code }) => code);
    assert.deepEqual(codes.slice(0, wrong.length + 1), Array(wrong.length + 1).fill("invalid-message"));
    assert.deepEqual(codes.slice(wrong.length + 1, -1), ["invalid-topic", "invalid-topic"]);
  });

  it("of more than 64 kB, or one of very many, closes the socket", async () => {
    const large = await t.as("alice");
    large.send("x".repeat(64_001));
    assert.equal((await large.closed).code, 1009);
    const hasty = await t.as("alice");
    const { id } = await newExecution();
    for (let i = 0; i < 200; i++) hasty.subscribe(`execution:${id}`, i);
    assert.equal((await hasty.closed).code, 1008);
  });

  it("opens at most so many subscriptions", async () => {
    const few = await liveApp({ subscriptionsMax: 2 });
    const client = await few.as("alice");
    const ids = [await newExecution(few), await newExecution(few), await newExecution(few)].map(
      ({ id }) => id,
    );
    for (const id of ids) client.subscribe(`execution:${id}`);
    const refused = await client.until(({ code }) => code !== undefined);
    assert.equal(refused.code, "too-many-subscriptions");
    assert.equal(refused.topic, `execution:${ids[2]}`);
    await few.stop();
  });
});

it("a server that stops says so, and its clients go on elsewhere", async () => {
  const stopping = await liveApp();
  const client = await stopping.as("alice");
  stopping.hub.close();
  assert.equal((await client.closed).code, 1001);
  await assert.rejects(stopping.as("alice"), /refused: 503/);
  await stopping.stop();
});
