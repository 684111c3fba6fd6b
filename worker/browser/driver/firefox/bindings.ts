import { channelValue } from "./preload-scripts.ts";
import type { FirefoxSession } from "./session.ts";

/** Puts a function with a channel to us into a world of every document, those that are open included. */
export async function bind(
  session: FirefoxSession,
  name: string,
  declaration: string,
  sandbox: string,
): Promise<void> {
  const { page, connection } = session;
  session.bindings.set(name, name);
  await page.context.scripts.add(declaration, sandbox, name);
  const calls = [...page.frames.keys()].map((context) =>
    connection.send("script.callFunction", {
      functionDeclaration: declaration,
      arguments: [channelValue(name)],
      target: { context, sandbox },
      awaitPromise: false,
    }),
  );
  await Promise.allSettled(calls);
}
