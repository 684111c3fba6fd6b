import { accessibilityPages } from "./accessibility-pages.ts";
import { replayPages } from "./replay-pages.ts";

function html(title: string, body: string): string {
  return `<!doctype html><meta charset="utf-8"><title>${title}</title>
<style>body{margin:8px;font:14px sans-serif} .far{margin-top:1800px}</style>${body}`;
}

/** The pages of the fixture site by their path. */
export const pages: Record<string, string> = {
  ...replayPages,
  ...accessibilityPages,
  "/": html(
    "Home",
    `<h1>Home</h1>
    <a id="next" href="/next">Next</a> <a id="slow" href="/slow?ms=300">Slow</a>
    <a id="popup" href="/popup" target="_blank">Popup</a>
    <button id="many" onclick="for (let i = 0; i < 12; i++) window.open('/popup?' + i)">Many</button>
    <p id="late"></p>
    <script>setTimeout(() => { document.querySelector('#late').textContent = 'Here now'; }, 200)</script>`,
  ),
  // Something new to see, twenty times a second.
  "/ticking": html(
    "Ticking",
    `<h1 id="count">0</h1><p id="bar" style="height:300px"></p>
    <script>let n = 0; setInterval(() => { count.textContent = ++n; bar.style.background = n % 2 ? "#c33" : "#36c"; }, 50)</script>`,
  ),
  // Tells the site what is typed.
  "/typing": html(
    "Typing",
    `<input id="field" style="position:absolute;left:8px;top:8px;width:300px;height:40px">
    <script>field.addEventListener("input", () => fetch("/typed?" + field.value))</script>`,
  ),
  // Fields where pictures can be looked at: the text fills them, in places that are known.
  "/plain-field": html(
    "Plain fields",
    `<style>input{position:absolute;left:8px;width:300px;height:40px;box-sizing:border-box;font:30px monospace;transition:all 2s}</style>
    <input id="field" style="top:8px"><input id="other" style="top:68px"><input style="top:128px" value="MMMMMMMMMMMM">
    <script>field.addEventListener("input", () => setTimeout(() => document.body.append(Object.assign(document.createElement("i"), { id: "seen", textContent: "." })), 2000))</script>`,
  ),
  "/next": html("Next page", `<h1>Next</h1><a href="/">Home</a><div class="far" id="below">Below</div>`),
  "/popup": html(
    "Popup",
    `<h1>Popup</h1><button id="close" onclick="window.close()">Close</button><script>console.log('popup says hello')</script>`,
  ),
  "/form": html(
    "Form",
    `<form id="form" action="/sent">
    <label>Name <input id="name" name="name"></label>
    <label>Secret <input id="secret" type="password"></label>
    <label>Kind <select id="kind" multiple><option value="a">Alpha</option><option value="b">Beta</option></select></label>
    <label><input type="checkbox" id="terms"> Terms</label>
    <label><input type="checkbox" id="stuck" onclick="event.preventDefault()"> Stuck</label>
    <input type="file" id="file" onchange="out.textContent = [...this.files].map((f) => f.name + ':' + f.size + (f.type ? ':' + f.type : '')).join()">
    <button id="send">Send</button></form>
    <button id="count" disabled>Off</button>
    <button id="double" ondblclick="out.textContent = 'double'">Double</button>
    <button id="context" oncontextmenu="out.textContent = 'context'; return false">Context</button>
    <button id="shift" onclick="out.textContent = 'shift ' + event.shiftKey">Shift</button>
    <div id="hover" onmouseenter="out.textContent = 'hovered'" style="width:100px;height:30px;background:#eee">Hover</div>
    <output id="out"></output>
    <p data-state="open" id="state">Order 1234 is ready</p>
    <ul><li>One</li><li>Two</li><li>Three</li></ul>
    <div id="gone" hidden>Gone</div>
    <div id="far" class="far">Far away</div>
    <script>const out = document.querySelector('#out');
    addEventListener('keydown', (e) => { if (e.ctrlKey && e.key === 'k') out.textContent = 'ctrl-k'; });
    addEventListener('keydown', (e) => { if (e.key === 'Shift') out.textContent = 'shift down'; });
    addEventListener('keyup', (e) => { if (e.key === 'Shift') out.textContent = 'shift up'; });</script>`,
  ),
  "/sent": html(
    "Sent",
    `<h1>Sent</h1><p id="query"></p><script>query.textContent = location.search</script>`,
  ),
  "/dialogs": html(
    "Dialogs",
    `<button id="ask" onclick="out.textContent = confirm('Sure?')">Ask</button>
    <button id="prompt" onclick="out.textContent = prompt('Name?')">Prompt</button><output id="out"></output>`,
  ),
  "/frames": html(
    "Frames",
    `<h1>Frames</h1><div style="height:1500px"></div>
    <iframe id="outer" src="/frames/outer" style="border:5px solid;padding:7px;width:400px;height:300px"></iframe>`,
  ),
  "/frames/outer": html(
    "Outer",
    `<p>Outer</p><div style="height:400px"></div><iframe src="/frames/inner" style="width:200px;height:100px"></iframe>`,
  ),
  "/frames/inner": html(
    "Inner",
    `<button id="press" onclick="this.textContent = 'Pressed'">Press me</button><input id="field">`,
  ),
  "/frames/other": html(
    "Other",
    `<h1>Other</h1><div style="height:1200px"></div>
    <iframe id="remote" style="border:3px solid;width:300px;height:150px"></iframe>
    <script>remote.src = 'http://localhost:' + location.port + '/frames/inner'</script>`,
  ),
  "/shadow": html(
    "Shadow",
    `<div id="host"></div><script>
    const root = host.attachShadow({ mode: 'open' });
    root.innerHTML = '<button>In the shadow</button><p id="said"></p>';
    root.querySelector('button').onclick = () => { root.querySelector('#said').textContent = 'clicked'; };
    </script>`,
  ),
  "/drag": html(
    "Drag",
    `<style>.box{width:100px;height:60px;background:#ddd;margin:20px}</style>
    <div id="mouse" class="box">Mouse</div><div id="native" class="box" draggable="true">Native</div>
    <div id="drop" class="box">Drop</div><output id="out"></output><script>
    let held = false;
    mouse.onmousedown = () => { held = true; };
    drop.onmouseup = () => { if (held) out.textContent += 'mouse dropped;'; held = false; };
    native.ondragstart = (e) => e.dataTransfer.setData('text/plain', 'native');
    drop.ondragover = (e) => e.preventDefault();
    drop.ondrop = (e) => { e.preventDefault(); out.textContent += e.dataTransfer.getData('text/plain') + ' dropped;'; };
    </script>`,
  ),
  "/noise": html(
    "Noise",
    `<h1>Noise</h1><img src="/status/404"><script>
    console.log('plain %s', 'text', { a: 1, b: 'two' }, [1, 2]);
    console.warn('careful'); console.error('broken'); console.debug('detail');
    setTimeout(() => { throw new TypeError('boom'); });
    fetch('http://127.0.0.1:9/').catch(() => {});
    </script>`,
  ),
  "/hang-script": html(
    "Endless",
    `<button id="loop" onclick="console.log('looping'); for (;;) {}">Loop</button>`,
  ),
  "/moving": html(
    "Moving",
    `<h1>Moving</h1><script>setTimeout(() => { location.href = '/arrived'; }, 250)</script>`,
  ),
  "/arrived": html("Arrived", `<h1>Arrived</h1><p id="here">You are here</p>`),
  "/network": html(
    "Network",
    `<button id="load" onclick="load()">Load</button><output id="out"></output><script>
    async function load() {
      try { const answer = await fetch('/json'); out.textContent = answer.status + ' ' + await answer.text(); }
      catch (error) { out.textContent = 'failed'; }
    }</script>`,
  ),
  "/local": html(
    "Local",
    `<h1>Local</h1><a id="file" href="file:///etc/hostname">File</a><button id="go" onclick="location.href = 'chrome://version'">Go</button>`,
  ),
  "/traits": html(
    "Traits",
    `<header><h1>Cart</h1><a href="/next">Help</a></header>
    <main><ul aria-label="Items"><li>Milk <b>2</b></li><li>Bread</li></ul>
    <button aria-pressed="true" class="big primary" style="color: rgb(255, 0, 0)">Pay</button>
    <label>Note <input id="note" value="hi" data-kind="free"></label> <input id="fixed" readonly value="x">
    <p id="nothing"> </p><p>2 items</p></main>
    <div id="far" class="far">Far</div>
    <output id="out"></output><script>
    note.onfocus = () => { out.textContent += 'focus;'; };
    note.onblur = () => { out.textContent += 'blur;'; };
    note.addEventListener('ping', (e) => { out.textContent += 'ping ' + e.detail.n + ';'; });
    note.data = { list: [1, 2], deep: { a: 1, b: 2 } };
    </script>`,
  ),
  "/loop": html(
    "Loop",
    `<ul id="list"><li><b>A</b><button>Remove</button></li><li><b>B</b><button>Remove</button></li><li><b>C</b><button>Remove</button></li></ul>
    <output id="out"></output><script>
    for (const button of document.querySelectorAll('button')) button.onclick = () => {
      out.textContent += button.parentElement.querySelector('b').textContent; button.parentElement.remove();
    };
    setTimeout(() => { const p = document.createElement('p'); p.id = 'soon'; p.textContent = 'Soon'; document.body.append(p); }, 300);
    </script>`,
  ),
  "/clock": html(
    "Clock",
    `<output id="out"></output><p id="now"></p><script>
    now.textContent = new Date().toISOString();
    setTimeout(() => { out.textContent += 'timeout ' + new Date().toISOString() + ';'; }, 60_000);
    let n = 0; setInterval(() => { document.title = 'tick ' + (++n); }, 1_000);
    </script>`,
  ),
  "/downloads": html(
    "Downloads",
    `<a id="csv" download="report.csv" href="data:text/csv,a%2Cb%0A1%2C2">CSV</a> <a id="file" href="/download">File</a>
    <a id="endless" href="/endless">Endless</a>`,
  ),
  "/seen": html(
    "Seen",
    `<style>#dark{display:none} @media (prefers-color-scheme: dark) { #dark{display:block} }
    #print{display:none} @media print { #print{display:block} }</style>
    <p id="dark">Dark</p><p id="print">Print</p><button id="where" onclick="
      navigator.geolocation.getCurrentPosition((p) => { out.textContent = p.coords.latitude + ' ' + p.coords.longitude; }, (e) => { out.textContent = e.message; })">Where</button>
    <output id="out"></output>`,
  ),
  "/sticky": html(
    "Sticky",
    `<style>body{margin:0} header{position:sticky;top:0;height:400px;background:#ccc} footer{position:fixed;bottom:0;left:0;right:0;height:120px;background:#aaa}</style>
    <header>Bar</header><div style="height:700px"></div><button id="below" onclick="out.textContent = 'pressed'">Below</button>
    <output id="out"></output><div style="height:1500px"></div><footer>Bar</footer>`,
  ),
  "/late-cover": html(
    "Late cover",
    `<button id="target" onclick="out.textContent += 'pressed;'">Target</button><output id="out"></output>
    <div id="cover" style="display:none;position:fixed;inset:0;background:#fff8" onmousedown="out.textContent += 'cover;'">Cover</div>
    <script>
    let shown = false;
    document.addEventListener('mousemove', () => {
      if (shown) return; shown = true; cover.style.display = 'block';
      setTimeout(() => { cover.style.display = 'none'; }, 250);
    });
    </script>`,
  ),
  "/storage": html(
    "Storage",
    `<p id="cookie"></p><p id="local"></p><script>cookie.textContent = document.cookie; local.textContent = localStorage.getItem('token') + ' ' + sessionStorage.getItem('tab');</script>`,
  ),
};
