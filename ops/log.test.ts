import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger } from "./log.ts";

function lines(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const texts: string[] = [];
  const logger = createLogger({ logLevel: "info" }, "test", {
    write: (text: string) => void texts.push(text),
  });
  write(logger);
  return texts.map((text) => JSON.parse(text));
}

describe("log", () => {
  it("never holds a secret, at the top or below", () => {
    const text = JSON.stringify(
      lines((logger) =>
        logger.info({
          password: "hunter2",
          body: { token: "hunter2", deeper: { apiKey: "hunter2" } },
          headers: { authorization: "hunter2", cookie: "hunter2", "set-cookie": "hunter2", host: "shown" },
        }),
      ),
    );
    assert.doesNotMatch(text, /hunter2/);
    assert.match(text, /shown/);
  });

  it("tells errors with their causes, and no password of an address", () => {
    const cause = new Error("connect postgres://app:hunter2@db:5432/x failed");
    const [line] = lines((logger) => logger.error({ error: new Error("outer", { cause }) }));
    assert.doesNotMatch(JSON.stringify(line), /hunter2/);
    assert.match(JSON.stringify(line), /postgres:\/\/app:\[secret\]@db:5432/);
    assert.match(JSON.stringify(line), /outer/);
  });

  it("leaves out what is below its level", () => {
    assert.equal(lines((logger) => logger.debug("quiet")).length, 0);
  });
});
