import type { Script } from "webdriver-bidi-protocol";
import type { BidiConnection } from "./connection.ts";

type Known = { script: Promise<string>; users: number };

/**
 * What is put into every document of a context before its own scripts. The same script is asked for by each tab and installed
 * once, so that a page which another one opens has it from its beginning.
 */
export class PreloadScripts {
  readonly #connection: BidiConnection;
  readonly #userContext: string;
  readonly #known = new Map<string, Known>();

  constructor(connection: BidiConnection, userContext: string) {
    this.#connection = connection;
    this.#userContext = userContext;
  }

  /** @returns what to remove it by */
  async add(functionDeclaration: string, sandbox: string | undefined, channel?: string): Promise<string> {
    const key = JSON.stringify([sandbox, channel, functionDeclaration]);
    const known = this.#known.get(key);
    if (known) {
      known.users++;
      await known.script;
      return key;
    }
    const script = this.#connection
      .send("script.addPreloadScript", {
        functionDeclaration,
        userContexts: [this.#userContext],
        ...(sandbox === undefined ? {} : { sandbox }),
        ...(channel === undefined ? {} : { arguments: [channelValue(channel)] }),
      })
      .then((added) => added.script);
    this.#known.set(key, { script, users: 1 });
    await script;
    return key;
  }

  async remove(key: string): Promise<void> {
    const known = this.#known.get(key);
    if (!known || --known.users > 0) return;
    this.#known.delete(key);
    await this.#connection.send("script.removePreloadScript", { script: await known.script });
  }
}

export function channelValue(channel: string): Script.ChannelValue {
  return { type: "channel", value: { channel } };
}
