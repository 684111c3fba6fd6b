import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Verdict } from "../../db/domain/states.ts";

/** The site under test of the fault suite: pages that say who asked for them. */
export type Site = { url: string; close(): Promise<void> };

/** A test case against that site, and how it ends when nothing of ours is broken. */
export type CaseName = keyof typeof cases;

const page = "/?marker={{marker}}&late={{late}}";
const goto = { type: "goto", url: page };
const shown = { type: "expectText", target: "h1", text: "Ready" };
const picture = { type: "screenshot" };

/** Each dwells where another stage of an execution is. */
export const cases = {
  quick: { steps: [goto, shown], expected: "passed" },
  slow: { steps: [goto, { type: "waitFor", target: "#late", timeoutMs: 60_000 }, shown], expected: "passed" },
  pictures: { steps: [goto, shown, ...Array.from({ length: 6 }, () => picture)], expected: "passed" },
  talkative: { steps: [{ ...goto, url: `${page}&lines=150` }, shown, shown, shown], expected: "passed" },
  failing: {
    steps: [goto, { type: "expectText", target: "h1", text: "Never", timeoutMs: 300 }],
    expected: "failed",
  },
} as const satisfies Record<string, { steps: readonly object[]; expected: Verdict }>;

export const caseNames = Object.keys(cases) as CaseName[];

export async function startSite(): Promise<Site> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://site");
    const number = (name: string, max: number) => Math.min(max, Number(searchParams.get(name)) || 0);
    const marker = (searchParams.get("marker") ?? "").replaceAll(/[^a-z0-9-]/g, "");
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(pageOf(marker, number("late", 30_000), number("lines", 1_000)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Says the marker in the console, once and then `lines` times more; after `lateMs` something appears. */
function pageOf(marker: string, lateMs: number, lines: number): string {
  return `<!doctype html><html lang="en"><title>Site under test</title><h1>Ready</h1><p>${marker}</p><script>
    for (let line = 0; line <= ${lines}; line++) console.log("${marker} line " + line);
    setTimeout(() => document.body.insertAdjacentHTML("beforeend", "<p id=late>late</p>"), ${lateMs});
  </script></html>`;
}
