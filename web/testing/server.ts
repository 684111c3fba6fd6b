import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { serve, upgradeWebSocket, type WebSocketServerLike } from "@hono/node-server";
import { WebSocketServer } from "ws";
import { createApp } from "../../api/app.ts";
import type { AppDeps } from "../../api/deps.ts";
import { Hub } from "../../api/live/hub.ts";
import { openStaticFiles, vendorFiles } from "../../api/static-files.ts";
import { type TestApp, testApp } from "../../api/testing/app.ts";
import { subscribeLive } from "../../db/services/live.ts";
import { createWeb, errorPage, errorPart } from "../index.tsx";

export type TestSite = { origin: string; t: TestApp; close(): Promise<void> };

/** The dashboard behind the whole application, on a port of this machine and a database of its own. */
export async function startSite(over: Partial<AppDeps> = {}, port = 0): Promise<TestSite> {
  const t = await testApp(over);
  const hub = new Hub({ metrics: t.deps.metrics, log: t.deps.log });
  const listener = subscribeLive(
    t.database.url,
    (hint) => hub.hint(hint),
    () => hub.wakeAll(),
    (executionId) => hub.viewHint(executionId),
    (userId) => hub.accountHint(userId),
  );
  const { db, sessions, version, blobs, keys, publicUrl, signOn, sendsMail } = t.deps;
  const assets = await openStaticFiles({
    folders: [{ path: fileURLToPath(new URL("../static", import.meta.url)) }],
    files: vendorFiles(),
    refresh: true,
  });
  const app = createApp({
    ...t.deps,
    assets,
    live: { hub, upgrade: upgradeWebSocket },
    web: createWeb({ db, sessions, blobs, version, keys, publicUrl, signOn, sendsMail, asset: assets.url }),
    errorPage: (c, { status, detail, requestId }) => {
      const shown = {
        status,
        message: detail,
        requestId,
        version,
        asset: assets.url,
        cookie: c.req.header("cookie"),
      };
      return c.html(
        c.req.header("HX-Request") === "true" ? errorPart(shown) : errorPage(shown),
        status as 500,
      );
    },
  });
  const sockets = new WebSocketServer({ noServer: true });
  const server = serve({
    fetch: app.fetch,
    port,
    hostname: "127.0.0.1",
    websocket: { server: sockets as unknown as WebSocketServerLike },
  }) as Server;
  if (!server.listening) await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    t,
    async close() {
      hub.close();
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
      await listener.close();
      await t.close();
    },
  };
}
