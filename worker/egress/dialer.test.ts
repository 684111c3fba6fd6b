import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { EgressTrouble } from "../../db/domain/egress.ts";
import { egressRules } from "../../db/domain/egress.ts";
import { Dialer, EgressError } from "./dialer.ts";
import { Answers, type Lookup } from "./resolver.ts";
import { Canary } from "./testing/canary.ts";
import { spellings, tableLookup } from "./testing/spellings.ts";

let canary: Canary;
before(async () => {
  canary = await Canary.open();
});
after(() => canary.close());

/** A resolver that gives each of its answers once, and the last one for ever. */
function changing(...answers: string[][]): Lookup & { asked: number } {
  const lookup = async () => {
    const answer = answers[Math.min(lookup.asked++, answers.length - 1)];
    return answer ?? [];
  };
  lookup.asked = 0;
  return lookup;
}

type Place = {
  allow?: string[];
  lookup?: Lookup;
  isOwn?: (address: string, port: number) => Promise<boolean>;
};

function dialerWith({ allow = [], lookup = tableLookup, isOwn = async () => false }: Place): Dialer {
  return new Dialer({
    rules: egressRules({ mode: "deny-private", allow }),
    answers: new Answers(lookup),
    isOwn,
  });
}

async function troubleOf(dialer: Dialer, host: string, port = canary.port): Promise<EgressTrouble> {
  try {
    (await dialer.dial(host, port)).destroy();
  } catch (error) {
    assert.ok(error instanceof EgressError, String(error));
    return error.trouble;
  }
  assert.fail(`${host} was reached`);
}

describe("connections", () => {
  it("are refused to every spelling of what is not public, and nothing is dialled", async () => {
    const before = canary.connections;
    const dialer = dialerWith({});
    for (const { host, is } of spellings) {
      const { kind, text } = await troubleOf(dialer, host);
      assert.equal(kind, "refused", `${host}: ${text}`);
      assert.match(text, /is refused: it is/, `${host} (${is})`);
    }
    assert.equal(canary.connections, before);
  });

  it("reach this machine by every one of its spellings where that is allowed", async () => {
    const port = canary.port;
    const allow = [`127.0.0.0/8:${port}`, `0.0.0.0/8:${port}`, `[::1/128]:${port}`, `[::/128]:${port}`];
    const dialer = dialerWith({ allow });
    for (const { host, reaches } of spellings) {
      if (reaches) (await dialer.dial(host, port)).destroy();
    }
  });

  it("go to what was checked: a name that means something else a moment later leads nowhere else", async () => {
    const lookup = changing(["127.0.0.2"], ["127.0.0.1"]);
    const dialer = dialerWith({ allow: [`127.0.0.2/32:${canary.port}`], lookup });
    const socket = await dialer.dial("changes.test", canary.port);
    assert.equal(socket.remoteAddress, "127.0.0.2");
    assert.equal(lookup.asked, 1);
    socket.destroy();
    const next = dialerWith({ allow: [`127.0.0.2/32:${canary.port}`], lookup });
    const { kind, text } = await troubleOf(next, "changes.test");
    assert.equal(kind, "refused");
    assert.match(text, /changes\.test \(127\.0\.0\.1\)/);
  });

  it("go to those answers only that may be reached", async () => {
    const lookup = changing(["10.0.0.1", "127.0.0.1", "127.0.0.2", "169.254.169.254"]);
    const socket = await dialerWith({ allow: [`127.0.0.2/32:${canary.port}`], lookup }).dial(
      "many.test",
      canary.port,
    );
    assert.equal(socket.remoteAddress, "127.0.0.2");
    socket.destroy();
  });

  it("are refused to services of Verdict itself, whatever is allowed", async () => {
    const isOwn = async (address: string, port: number) => address === "127.0.0.1" && port === canary.port;
    const { kind, text } = await troubleOf(
      dialerWith({ allow: [`127.0.0.0/8:${canary.port}`], isOwn }),
      "127.1",
    );
    assert.equal(kind, "refused");
    assert.match(text, /a service of Verdict itself; nobody can allow that/);
  });

  it("that can't be made say why", async () => {
    const dialer = dialerWith({ allow: ["127.0.0.1/32:1"] });
    assert.deepEqual(await troubleOf(dialer, "127.0.0.1", 1), {
      host: "127.0.0.1",
      port: 1,
      kind: "unreachable",
      text: "connection refused",
    });
    const unknown = await troubleOf(dialer, "nowhere.test");
    assert.deepEqual([unknown.kind, unknown.text], ["unreachable", "the name of the host is not known"]);
    const wrong = await troubleOf(dialer, "[fe80::1%25lo]");
    assert.equal(wrong.kind, "unreachable");
  });

  it("that come soon after each other ask the resolver once", async () => {
    const lookup = changing(["127.0.0.1"]);
    const dialer = dialerWith({ allow: [`127.0.0.1/32:${canary.port}`], lookup });
    const sockets = await Promise.all([1, 2, 3].map(() => dialer.dial("busy.test", canary.port)));
    for (const socket of sockets) socket.destroy();
    assert.equal(lookup.asked, 1);
  });
});
