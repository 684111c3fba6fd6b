import { later, type StepCases } from "../contract.ts";

/** On the bench the picture that a `screenshot` step of the same name has taken counts as approved. */
const approved = { type: "screenshot", name: "home" } as const;

const box = '<div id="box" style="width:40px;height:20px;background:#07c"></div>';
const recolour = "document.querySelector('#box').style.background = ";
/** As the page looks once the step before the last has pictured it. */
const changed = (colour: string) => ({ type: "evaluate", script: `${recolour}'${colour}'` }) as const;

const spinning = `<style>@keyframes spin { to { transform: rotate(360deg) } } i { display: inline-block; width: 20px; height: 20px;
  background: linear-gradient(#000 50%, #fff 50%); animation: spin 1s linear infinite }</style><i></i>`;

const expectSnapshot: StepCases = {
  works: [
    { title: "as it was approved", page: box, before: [approved], step: { name: "home" } },
    {
      title: "of an element",
      page: box,
      before: [{ ...approved, target: "css=#box" }],
      step: { name: "home", target: "css=#box" },
    },
    {
      title: "where what changed is masked",
      page: box,
      // Approved with the same part painted over.
      before: [{ type: "evaluate", script: `${recolour}'#f0f'` }, approved, changed("#0c7")],
      step: { name: "home", mask: ["css=#box"] },
    },
    {
      title: "within what may differ",
      page: box,
      before: [approved, changed("#c07")],
      step: { name: "home", maxDiffPixels: 800 },
    },
    {
      title: "that is different, as expected",
      page: box,
      before: [approved, changed("#c07")],
      step: { name: "home", not: true },
    },
  ],
  waits: [
    {
      title: "until it looks as it was approved",
      page: box,
      before: [
        approved,
        changed("#c07"),
        { type: "evaluate", script: `setTimeout(() => { ${recolour}'#07c' }, 600)` },
      ],
      step: { name: "home" },
    },
    {
      title: "until the page rests, for what is new in a project that lets it pass",
      page: `${box}${later(`${recolour}'#0c7'`, 100)}${spinning}`,
      step: { name: "home" },
      plan: { newSnapshots: "pass" },
    },
  ],
  fails: [
    {
      title: "where nothing was approved",
      page: box,
      step: { name: "home" },
      code: "snapshot-new",
      message: {
        chromium: `no picture was approved for "home" in chromium 800x600 ${process.platform} on branch main: the new one waits for approval`,
        firefox: `no picture was approved for "home" in firefox 800x600 ${process.platform} on branch main: the new one waits for approval`,
      },
    },
    {
      title: "that looks different",
      page: box,
      before: [approved, changed("#c07")],
      step: { name: "home" },
      code: "snapshot-different",
      message: '"home" looks different: 800 of 480,000 pixels differ (0.17 %), none may (waited 1000 ms)',
      detail:
        /^compared with the picture approved for \w+ 800x600 \w+, as branch main has it; threshold 0\.1$/,
    },
    {
      title: "that has another size",
      page: box,
      before: [
        { ...approved, target: "css=#box" },
        { type: "evaluate", script: "document.querySelector('#box').style.height = '30px'" },
      ],
      step: { name: "home", target: "css=#box", maxDiffRatio: 1 },
      code: "snapshot-different",
      message: '"home" has another size: expected 40 × 20 pixels, got 40 × 30 pixels (waited 1000 ms)',
    },
    {
      title: "that never rests",
      page: `${box}<script>setInterval(() => { ${recolour}'#' + Math.random().toString(16).slice(2, 8) }, 1)</script>`,
      step: { name: "home" },
      code: "not-still",
      message: '"home" did not come to rest, so it can\'t be compared: …',
    },
    {
      title: "that looks the same, where it must not",
      page: box,
      before: [approved],
      step: { name: "home", not: true },
      code: "assertion-failed",
      message:
        'expected "home" to look different from the picture approved on branch main, it looks the same (waited 1000 ms)',
    },
    {
      title: "with a mask that is no selector",
      page: box,
      step: { name: "home", mask: ["css=:nope("] },
      code: "invalid-locator",
      message: "mask: …",
    },
  ],
};

export const snapshotCases = { expectSnapshot };
