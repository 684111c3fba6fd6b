import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { type FiguresOptions, serveFigures } from "./figures.ts";

const servers: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function serve(over: Partial<FiguresOptions>) {
  const server = await serveFigures({
    port: 0,
    token: null,
    metrics: async () => ({ contentType: "text/plain", text: "figures" }),
    state: () => null,
    ...over,
  });
  servers.push(server);
  return async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers });
    return { status: response.status, text: await response.text() };
  };
}

const nothing = { of: "nothing", why: null } as const;
const skewed = { of: "everything", why: "this worker is too old" } as const;

test("a worker's health says whether it takes jobs and why not", async () => {
  let state: ReturnType<FiguresOptions["state"]> = null;
  const get = await serve({ state: () => state });
  const health = async () => JSON.parse((await get("/health")).text);
  assert.deepEqual(await health(), { status: "degraded" });
  state = { mode: "active", refusal: nothing };
  assert.deepEqual(await health(), { status: "healthy", mode: "active", refuses: "nothing", refusal: null });
  state = { mode: "quiet", refusal: nothing };
  assert.equal((await health()).status, "degraded");
  state = { mode: "active", refusal: skewed };
  assert.deepEqual(await health(), {
    ...{ status: "degraded", mode: "active", refuses: "everything" },
    refusal: "this worker is too old",
  });
  assert.deepEqual(JSON.parse((await get("/health/live")).text), { status: "healthy" });
});

test("with a token figures and reasons are for those who have it", async () => {
  const token = "0123456789abcdef";
  const get = await serve({ token, state: () => ({ mode: "active", refusal: skewed }) });
  assert.equal((await get("/health")).text, '{"status":"degraded"}\n');
  assert.equal((await get("/metrics")).status, 401);
  const headers = { authorization: `Bearer ${token}` };
  assert.match((await get("/health", headers)).text, /too old/);
  assert.equal((await get("/metrics", headers)).text, "figures");
  assert.equal((await get("/nonsense")).status, 404);
});
