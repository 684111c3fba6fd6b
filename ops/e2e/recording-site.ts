import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type RecordingSite = { url: string; seen(): string[]; close(): Promise<void> };

const report = (what: string) => `fetch("/seen?what=${what}")`;

const pages: Record<string, string> = {
  "/": `<title>Recorded</title><h1>Recorded</h1>
    <iframe src="/outer" title="Outer"></iframe>
    <x-greeting></x-greeting>
    <button id="open" onclick="window.open('/tab')">Open tab</button>
    <script>
      customElements.define("x-greeting", class extends HTMLElement {
        connectedCallback() {
          const root = this.attachShadow({ mode: "open" });
          root.innerHTML = '<label>Your name <input id="name"></label><button>Greet</button><output></output>';
          root.querySelector("button").onclick = () => {
            const name = root.querySelector("input").value;
            root.querySelector("output").textContent = "Hello " + name;
            fetch("/seen?what=shadow:" + name);
          };
        }
      });
    </script>`,
  "/outer": `<title>Outer</title><iframe src="/inner" title="Inner"></iframe>`,
  "/inner": `<title>Inner</title><button id="inner" onclick='${report("frame:inner")}'>Inner button</button>`,
  "/tab": `<title>Tab</title><button id="done" onclick='${report("tab:done")}'>Done</button>`,
};

/** A page with nested frames, an open shadow root and a second tab, which notes what was done to it. */
export async function startRecordingSite(): Promise<RecordingSite> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://site");
    if (pathname === "/seen") seen.push(searchParams.get("what") ?? "");
    const page = pages[pathname];
    response.writeHead(page ? 200 : 204, { "content-type": "text/html; charset=utf-8" });
    response.end(page ? `<!doctype html><html lang="en">${page}` : undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => [...seen],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
