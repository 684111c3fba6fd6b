import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import postgres from "postgres";
import { openBlobs } from "../db/blobs.ts";
import type { TestCaseInput } from "../db/domain/resources.ts";
import { isFinal } from "../db/domain/states.ts";
import { getExecution, listArtifacts, listLogs } from "../db/services/executions.ts";
import { executeTestCase } from "../db/services/runs.ts";
import { putSecret } from "../db/services/secrets.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { makeTestCase, makeWorld, testKeys, type World } from "../db/testing/factories.ts";
import { findBrowser } from "./browser/testing/find-browser.ts";
import { type Site, startSite } from "./browser/testing/site.ts";
import { startWorker, type WorkerService } from "./service.ts";
import { until } from "./testing/wait.ts";

/** A word that no escaping changes stands in the secret, so that it is found in whatever form it got out. */
const word = "Q7canaryX";
const secret = `${word}"<&>'/+é ${word}`;

/** A page that says everywhere what was typed into it. */
const gossip = `<form><input id="field" aria-label="Code"></form><p id="said"></p><a id="file">File</a>
<button onclick="gossip()">Say</button><script>
  const say = (text) => { document.querySelector("#said").textContent = text; };
  async function gossip() {
    const code = document.querySelector("#field").value;
    const parts = { code, twice: code + code, encoded: btoa(unescape(encodeURIComponent(code))), json: JSON.stringify({ code }) };
    document.title = code;
    document.cookie = "code=" + encodeURIComponent(code);
    localStorage.setItem("code", code);
    history.replaceState(null, "", "?code=" + encodeURIComponent(code) + "#" + encodeURIComponent(code));
    for (const [name, value] of Object.entries(parts)) {
      const element = document.createElement("p");
      element.textContent = name + " " + value;
      element.setAttribute("data-code", value);
      document.body.append(element);
      console.log(name, value, parts);
      console.error(new Error(value));
    }
    const file = document.querySelector("#file");
    file.href = URL.createObjectURL(new Blob([code]));
    file.download = "file " + code + ".txt";
    file.click();
    setTimeout(() => { throw new Error("thrown " + code); });
    Promise.reject(new Error("rejected " + code));
    await fetch("/echo?code=" + encodeURIComponent(code), {
      method: "POST", body: JSON.stringify(parts), headers: { authorization: "Bearer " + encodeURIComponent(code) } });
    await fetch("/status/404?code=" + encodeURIComponent(code));
    alert("alerted " + code);
    say("said " + code);
  }
</script>`;

const home = mkdtempSync(join(tmpdir(), "verdict-canary-"));
const blobsDirectory = join(home, "blobs");
const logged: string[] = [];
let database: TestDatabase;
let world: World;
let site: Site;
let worker: WorkerService;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  site = await startSite({ "/gossip": gossip });
  const write = (line: object) => void logged.push(JSON.stringify(line));
  worker = await startWorker({
    db: database.db,
    blobs: openBlobs({ kind: "file", directory: blobsDirectory }),
    keys: testKeys,
    name: "here",
    version: "0",
    slots: 1,
    home,
    browser: { executablePath: await findBrowser(), sandbox: process.getuid?.() !== 0 },
    log: { info: write, warn: write, error: write },
  });
});
after(async () => {
  await worker.stop();
  await site.close();
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

test("a secret that a page repeats everywhere is in no row, no file and no line of the log", async () => {
  const { alice } = world.as;
  await putSecret(alice, world.project.id, { name: "code", value: secret });
  const code = "{{secrets.code}}";
  const steps: TestCaseInput["steps"] = [
    { type: "goto", url: `${site.url}/gossip` },
    { type: "fill", target: "label=Code", value: code },
    { type: "click", target: "text=Say" },
    { type: "expectText", target: "#said", text: `said ${code}`, timeoutMs: 20_000 },
    { type: "extract", target: "#said", as: "said" },
    { type: "setVariable", variable: "copied", value: `copy of ${code}` },
    { type: "evaluate", script: "document.querySelector('#field').value", as: "read" },
    { type: "request", method: "POST", url: `${site.url}/echo?code=${code}`, body: code, as: "echoed" },
    { type: "screenshot", name: `with ${code}` },
    { type: "goto", url: `${site.url}/gossip?code=${code}` },
    { type: "fill", target: "label=Code", value: "{{said}} {{copied}} {{read}}" },
    { type: "expectTitle", title: code, soft: true, timeoutMs: 300 },
    { type: "click", target: `text=${code}`, timeoutMs: 300 },
  ];
  const testCase = await makeTestCase(alice, world.project.id, { steps });
  const { id } = await executeTestCase(alice, { testCaseId: testCase.id }, "manual");
  const execution = await until("the execution has ended", 90_000, async () => {
    const execution = await getExecution(alice, id);
    return isFinal(execution.status) && execution;
  });
  assert.equal(execution.status, "failed", JSON.stringify(execution.error));
  const { items } = await listArtifacts(alice, id);
  const { items: log } = await listLogs(alice, id, { after: 0, limit: 500 });
  const said = log.map((item) => item.type);
  for (const type of ["console", "page-error", "dialog", "request-failed", "variable-set"] as const) {
    assert.ok(said.includes(type), `the page has said something by ${type}`);
  }
  assert.ok(log.some((item) => item.type === "log" && /^the download file •••.*is not kept/.test(item.text)));
  for (const kind of ["screenshot", "replay", "network", "har"]) {
    assert.ok(
      items.some((item) => item.kind === kind),
      `there is a file of kind ${kind}`,
    );
  }
  assert.deepEqual([...(await tellingRows()), ...tellingFiles(), ...logged.filter(tells)], []);
});

/** The word as it is, in hexadecimal and in base64 wherever it begins. */
const forms = [
  word,
  Buffer.from(word).toString("hex"),
  ...[0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), Buffer.from(word)])
      .toString("base64")
      .slice(offset === 0 ? 0 : offset + 1, -3),
  ),
];
const tells = (text: string) => forms.some((form) => text.includes(form));

/** Every row of every table, as its owner sees it. */
async function tellingRows(): Promise<string[]> {
  const owner = postgres(database.ownerUrl, { max: 1, onnotice: () => {} });
  try {
    const tables = await owner<{ name: string }[]>`
      select c.oid::regclass::text as name from pg_class c
      where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace`;
    assert.ok(tables.length > 30);
    const found: string[] = [];
    for (const { name } of tables) {
      await owner.unsafe(`alter table ${name} no force row level security`);
      const rows = await owner.unsafe<{ row: string }[]>(`select t::text as row from ${name} t`);
      found.push(...rows.filter(({ row }) => tells(row)).map(({ row }) => `${name}: ${row.slice(0, 2_000)}`));
    }
    return found;
  } finally {
    await owner.end();
  }
}

/** Every stored file, also of those that are packed. */
function tellingFiles(): string[] {
  return readdirSync(blobsDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = readFileSync(path);
      const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
      return tells((isPacked ? gunzipSync(bytes) : bytes).toString("latin1")) || tells(path);
    });
}
