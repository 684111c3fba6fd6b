import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { applicationAddress } from "../../db/application-role.ts";
import { migrate } from "../../db/migrate.ts";
import type { Config } from "../config.ts";
import { startDemoSite } from "../demo/site.ts";
import type { EmbeddedPostgres } from "../embedded-postgres.ts";
import { StartError } from "../home.ts";
import type { DemoSite } from "./contracts.ts";

/** Brings the database up to date and tells under which address the application works. */
export async function prepareDatabase(config: Config, embedded: EmbeddedPostgres | null): Promise<string> {
  const givenUrl = embedded?.appUrl ?? config.databaseUrl;
  if (givenUrl === null || givenUrl === undefined)
    throw new StartError("There is no database: set DATABASE_URL.");
  const ownerUrl = embedded?.ownerUrl ?? config.databaseOwnerUrl ?? givenUrl;
  try {
    const { url, role } = await applicationAddress(givenUrl);
    const isOtherRole = decodeURIComponent(new URL(ownerUrl).username) !== role;
    await migrate(ownerUrl, isOtherRole ? role : null);
    return url;
  } catch (error) {
    if (embedded !== null || !(error instanceof Error)) throw error;
    const { host } = new URL(ownerUrl);
    throw new StartError(
      `The database at ${host} (DATABASE_URL) could not be brought up to date: ${error.message || error}. Is the server running, and may the role create tables?`,
      { cause: error },
    );
  }
}

/** The demo site on the port of the last start, so that the addresses in the demo's tests stay right. */
export async function openDemoSite(home: string): Promise<DemoSite> {
  const record = join(home, "demo-port");
  const known = existsSync(record) ? Number(readFileSync(record, "utf8")) : 0;
  const port = Number.isInteger(known) && known > 0 && (await portFault(known)) === null ? known : 0;
  const site = await startDemoSite({ port });
  writeFileSync(record, new URL(site.url).port);
  return site;
}

/** null when the port can be listened on, otherwise why not, in words. */
export async function portFault(port: number): Promise<string | null> {
  return await new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE" ? "is used by another program" : `cannot be used (${error.code})`;
      resolve(`Port ${port} ${why}. Choose another one, for example PORT=${port + 1} npm start`);
    });
    probe.listen(port, () => probe.close(() => resolve(null)));
  });
}
