const head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Accessibility</title>';
const picture = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

/** Pages with faults that axe-core finds, for the step `expectAccessible`. */
export const accessibilityPages: Record<string, string> = {
  "/a11y": `${head}<main><h1>Faults</h1>
    <img id="a" src="${picture}"><img id="b" src="${picture}">
    <input value="typed"><p class="faint" style="color:#bbb">Hard to read</p></main>`,
  "/a11y-frames": `${head}<main><h1>Frames</h1><div id="host"></div>
    <iframe id="near" title="Near" src="/a11y"></iframe><iframe id="far" title="Far"></iframe></main>
    <script>
    addEventListener("message", () => { window.heard = (window.heard ?? 0) + 1; });
    host.attachShadow({ mode: "open" }).innerHTML = '<img src="${picture}">';
    far.src = (new URLSearchParams(location.search).get("other") ?? "") + "/a11y";
    </script>`,
  "/a11y-late": `${head}<main><h1>Late</h1><img id="a" src="${picture}"></main>
    <script>setTimeout(() => { a.alt = "A dot"; }, 400)</script>`,
};
