import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { demoRoutes } from "./routes.ts";

export type DemoSite = { url: string; port: number; close(): Promise<void> };

/**
 * The shop that the demo suite tests: a small application with everything that tests have to do with. Its delays are fixed,
 * so that two runs see the same.
 * @throws when the port is taken; port 0 takes any free one
 */
export async function startDemoSite({
  port,
  host = "127.0.0.1",
}: {
  port: number;
  host?: string;
}): Promise<DemoSite> {
  const server = createAdaptorServer({ fetch: demoRoutes().fetch });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}/`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}
