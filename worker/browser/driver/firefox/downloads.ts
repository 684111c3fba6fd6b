import { rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BrowsingContext } from "webdriver-bidi-protocol";
import type { FirefoxSession } from "./session.ts";

/** Firefox tells of a download when it begins and when it is over, and keeps it under the name that the page gave it. */
export function tellDownload(session: FirefoxSession, end: BrowsingContext.DownloadEndParams): void {
  const guid = end.navigation ?? end.url;
  const told = { guid, totalBytes: 0, receivedBytes: 0 };
  if (end.status !== "complete" || end.filepath === null) {
    session.emit("Page.downloadProgress", { ...told, state: "canceled" });
    return;
  }
  settle(session, guid, end.filepath).then(
    (bytes) => session.emit("Page.downloadProgress", { ...told, receivedBytes: bytes, state: "completed" }),
    () => session.emit("Page.downloadProgress", { ...told, state: "canceled" }),
  );
}

async function settle(session: FirefoxSession, guid: string, path: string): Promise<number> {
  const { size } = await stat(path);
  await rename(path, join(session.page.context.downloadFolder, guid));
  return size;
}
