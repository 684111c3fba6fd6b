import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eq } from "drizzle-orm";
import { members } from "../../db/schema/identity.ts";
import { setTenant } from "../../db/services/context.ts";
import { publicUrl } from "../testing/app.ts";
import { type Client, type LiveApp, liveApp } from "../testing/sockets.ts";

// Rights are looked at again by themselves only after an hour: what is seen here was told.
let t: LiveApp;
before(async () => {
  t = await liveApp({ recheckMs: 3_600_000 });
});
after(() => t?.stop());

const ended = { code: 1008, reason: "the sign-in of this socket has ended" };

async function alive(client: Client): Promise<void> {
  client.send({ type: "ping" });
  await client.until(({ type }) => type === "pong");
}

test("a session that is ended closes its sockets at once, and no others", async () => {
  const cookie = await t.cookie("alice");
  const client = await t.open({ headers: { cookie, origin: publicUrl } });
  const other = await t.as("alice");
  await alive(client);
  await t.deps.sessions.revoke(cookie);
  assert.deepEqual(await client.closed, ended);
  await alive(other);
});

test("a program's sign-in that is ended closes its sockets at once, also those opened by a ticket", async () => {
  const issued = await t.deps.tokens.issue(t.people.bob.id, { address: null, userAgent: null });
  const headers = { authorization: `Bearer ${issued.accessToken}` };
  const direct = await t.open({ headers });
  const { body } = await t.call(null, "POST", "/ws-tickets", undefined, { headers });
  const ticketed = await t.open({ query: `?ticket=${body.ticket}` });
  await Promise.all([alive(direct), alive(ticketed)]);
  await t.deps.tokens.revoke(issued.refreshToken);
  assert.deepEqual(await Promise.all([direct.closed, ticketed.closed]), [ended, ended]);
});

test("somebody who is removed, or whose account is disabled, sees nothing more at once", async () => {
  const client = await t.as("dora");
  const topic = `project:${t.world.project.id}`;
  client.subscribe(topic);
  await client.until(({ type }) => type === "subscribed");
  await t.deps.db.orm.transaction(async (tx) => {
    await setTenant(tx, [t.world.a.id], null);
    await tx.delete(members).where(eq(members.userId, t.people.dora.id));
  });
  const told = await client.until(({ type }) => type === "error");
  assert.deepEqual([told.topic, told.code], [topic, "not-found"]);
  await t.deps.db.sql`update app_user set disabled_at = now() where id = ${t.people.dora.id}`;
  assert.deepEqual(await client.closed, ended);
});
