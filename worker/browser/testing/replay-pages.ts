function html(head: string, body: string): string {
  return `<!doctype html><meta charset="utf-8"><title>Replay</title>${head}${body}`;
}

/** Pages that are recorded: hostile, too large, strict, framed, and those that change without touching their tree. */
export const replayPages: Record<string, string> = {
  // Everything that a page's own scripts could take from a recorder that lived in their world.
  "/replay/hostile": html(
    "",
    `<h1 id="title">Hostile</h1><input id="name"><p id="out"></p>
    <script>
    const forged = JSON.stringify({ document: "forged", part: 0, isTop: true, events: [{ type: 4, data: { href: "forged", width: 1, height: 1 }, timestamp: Date.now() }] });
    for (const name of ["__verdictReplayed", "__verdictReplay", "__verdict"]) {
      Object.defineProperty(window, name, { get() { out.textContent = "reached"; return () => { throw new Error("reached"); }; }, set() {}, configurable: false });
    }
    window.MutationObserver = class { constructor() { throw new Error("no observer"); } };
    Node.prototype.cloneNode = Element.prototype.getAttribute = () => { throw new Error("no"); };
    Date.now = () => 5;
    JSON.stringify = () => forged;
    window.postMessage({ type: "rrweb", event: JSON.parse(forged).events[0], origin: location.origin, isCheckout: false }, "*");
    document.body.setAttribute("onclick", "alert(1)");
    document.body.append(Object.assign(document.createElement("a"), { href: "javascript:alert(1)", textContent: "link" }));
    document.body.insertAdjacentHTML("beforeend", '<iframe id="inner" srcdoc="<script>parent.x = 1<\\/script><b>inner</b>" sandbox="allow-scripts"></iframe><object data="/next"></object><svg><script>1</script><a xlink:href="javascript:1"></a></svg><img src="http://127.0.0.1:9/x.png" onerror="1"><base href="http://127.0.0.1:9/"><meta http-equiv="refresh" content="999;url=/next">');
    </script>`,
  ),
  "/replay/watched": html(
    "",
    `<h1>Watched</h1><output id="out">nothing</output><script>
    new MutationObserver((changes) => {
      const added = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.nodeName === "IFRAME");
      if (added.length > 0) document.querySelector("#out").textContent = added.length + " frames";
    }).observe(document, { childList: true, subtree: true });
    </script>`,
  ),
  "/replay/picture": html(
    "<style>#back { width: 40px; height: 40px; background: url(/picture.svg?back) }</style>",
    `<h1>Picture</h1><img id="picture" src="/picture.svg"><div id="back"></div>`,
  ),
  "/replay/many": html(
    "",
    `<h1>Many</h1><div id="many"></div><script>
    const all = document.createDocumentFragment();
    for (let i = 0; i < 100000; i++) all.append(document.createElement("i"));
    document.querySelector("#many").append(all);
    </script>`,
  ),
  "/replay/csp": html(
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-a'; require-trusted-types-for 'script'">`,
    `<h1>Strict</h1><button id="go">Go</button><p id="out"></p>
    <script nonce="a">go.addEventListener("click", () => { out.textContent = "gone"; });</script>`,
  ),
  "/replay/frames": html(
    "",
    `<h1>Around</h1><div id="place"></div><script>
    const other = new URL("/replay/framed", location.href);
    other.hostname = location.hostname === "localhost" ? "127.0.0.1" : "localhost";
    const frame = Object.assign(document.createElement("iframe"), { src: other.href, id: "other" });
    const same = Object.assign(document.createElement("iframe"), { src: "/replay/framed", id: "same" });
    document.querySelector("#place").append(frame, same);
    </script>`,
  ),
  "/replay/framed": html(
    "",
    `<p>Inside</p><input id="field"><script>setTimeout(() => { document.querySelector("p").textContent = "Inside, later"; }, 300)</script>`,
  ),
  "/replay/drift": html(
    "<style id='sheet'></style>",
    `<h1>Drift</h1><input id="name"><x-late>late</x-late><script>
    setTimeout(() => {
      document.querySelector("#name").value = "set by a script";
      document.querySelector("#sheet").sheet.insertRule("h1 { color: rgb(1, 2, 3) }");
    }, 100);
    </script>`,
  ),
  "/replay/echo": html(
    "",
    `<input id="plain"><div id="rich" contenteditable></div><p id="out"></p><p id="whole"></p><script>
    const plain = document.querySelector("#plain");
    plain.addEventListener("input", () => {
      out.textContent = "You typed " + plain.value;
      plain.setAttribute("value", plain.value);
      whole.title = "Value: " + plain.value;
    });
    </script>`,
  ),
};
