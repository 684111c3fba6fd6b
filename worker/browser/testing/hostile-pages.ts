function html(body: string): string {
  return `<!doctype html><meta charset="utf-8"><title>Hostile</title><body>${body}`;
}

const onPress = (script: string) => html(`<button onclick="${script}">Go</button>`);

/** Pages that do their worst to whoever opens them, most of them when they are told to. */
export const hostilePages: Record<string, string> = {
  "/hostile/loop-at-once": html("<h1>Loop</h1><script>for (;;);</script>"),
  "/hostile/loop": onPress("for (;;);"),
  "/hostile/loop-in-frame": html(`<iframe src="/hostile/loop"></iframe>`),
  "/hostile/alerts": onPress("for (;;) alert('again')"),
  "/hostile/popups": onPress("for (let i = 0; i < 1000; i++) window.open('/popup?' + i)"),
  "/hostile/large": onPress(
    "const part = '<p hidden>' + 'x'.repeat(1000) + '</p>'; const all = part.repeat(1000); for (let i = 0; i < 100; i++) { const at = document.createElement('div'); at.innerHTML = all; document.body.append(at); } document.title = 'Large'",
  ),
  "/hostile/console": onPress("for (let i = 0; ; i++) console.log('line ' + i)"),
  "/hostile/console-large": onPress("const text = 'x'.repeat(5000000); for (;;) console.log(text)"),
  "/hostile/download": html(`<a href="/endless" download>Go</a>`),
  "/hostile/moves": html(
    `<script>onload = () => setTimeout(() => { location.search = '?' + Math.random(); }, 20)</script>`,
  ),
  "/hostile/memory": onPress("window.kept = []; for (;;) kept.push(new Uint8Array(20000000).fill(1))"),
  "/hostile/heap": onPress(
    "window.kept = []; for (;;) kept.push(Array.from({ length: 1000 }, (_, i) => ({ i })))",
  ),
  "/hostile/unload": html(
    `<h1>Stay</h1><button onclick="document.title = 1">Go</button><script>for (const type of ['beforeunload', 'pagehide', 'unload']) addEventListener(type, () => { while (1); });</script>`,
  ),
};
