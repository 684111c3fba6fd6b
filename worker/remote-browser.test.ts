import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { OutsideCalls } from "../db/outside-calls.ts";
import { knock } from "./remote-browser.ts";

const browser = (endpoint?: string) => ({
  name: "chromium" as const,
  executablePath: "",
  sandbox: true,
  profilesDirectory: "",
  ...(endpoint === undefined ? {} : { endpoint }),
});

test("a browser of this machine is not asked for over the network", async () => {
  const outside = new OutsideCalls();
  assert.equal(await knock(outside, browser()), null);
});

test("a remote browser is asked for by the one way out, whose breaker opens when it is away", async () => {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const endpoint = `ws://127.0.0.1:${port}/?token=hush-hush`;
  const outside = new OutsideCalls();
  assert.equal(await knock(outside, browser(endpoint)), null);
  await new Promise((resolve) => server.close(resolve));
  for (let round = 0; outside.state("remote-browser").breaker !== "open"; round++) {
    assert.ok(round < 10, "the breaker stays closed");
    const failure = await knock(outside, browser(endpoint));
    assert.equal(failure?.code, "browser-unreachable");
    assert.doesNotMatch(failure?.message ?? "", /hush-hush/);
  }
});
