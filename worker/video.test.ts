import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { type BlobStore, openBlobs } from "../db/blobs.ts";
import { newId } from "../db/domain/ids.ts";
import type { Artifact, TestCaseInput } from "../db/domain/resources.ts";
import { getArtifact, listArtifacts } from "../db/services/executions.ts";
import { executeTestCase } from "../db/services/runs.ts";
import { putSecret } from "../db/services/secrets.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { makeTestCase, makeWorld, testKeys, type World } from "../db/testing/factories.ts";
import { findProgram, missingReason } from "../ops/testing/programs.ts";
import { findBrowser } from "./browser/testing/find-browser.ts";
import { type Site, startSite } from "./browser/testing/site.ts";
import { openRunFolder } from "./run-folder.ts";
import { startWorker, type WorkerService } from "./service.ts";
import { until } from "./testing/wait.ts";
import { VideoEncoder } from "./video-encoder.ts";

const boundMs = 60_000;
const home = mkdtempSync(join(tmpdir(), "verdict-video-"));
let database: TestDatabase;
let world: World;
let site: Site;
let blobs: BlobStore;
let executablePath: string;
let worker: WorkerService | null = null;

before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  site = await startSite();
  blobs = openBlobs({ kind: "file", directory: join(home, "blobs") });
  executablePath = await findBrowser();
});
afterEach(async () => {
  await worker?.stop();
  worker = null;
});
after(async () => {
  await site?.close();
  await database?.drop();
  rmSync(home, { recursive: true, force: true });
});

async function start(programs?: string): Promise<void> {
  const browser = { executablePath, sandbox: process.getuid?.() !== 0 };
  const base = {
    db: database.db,
    blobs,
    keys: testKeys,
    name: "here",
    version: "0",
    slots: 1,
    home,
    browser,
  };
  worker = await startWorker({ ...base, ...(programs === undefined ? {} : { programs }) });
}

/** The files of an execution that was filmed, once the film is made or given up. */
async function filmed(steps: TestCaseInput["steps"]): Promise<Artifact[]> {
  const { alice } = world.as;
  const testCase = await makeTestCase(alice, world.project.id, { steps });
  const execution = await executeTestCase(alice, { testCaseId: testCase.id, video: "on" }, "manual");
  return until("the film is made", boundMs, async () => {
    const { items } = await listArtifacts(alice, execution.id);
    return items.some(({ kind }) => kind === "video") && items;
  });
}

const fileOf = (files: readonly Artifact[], kind: Artifact["kind"]) =>
  files.find((file) => file.kind === kind) ?? null;

async function bytesOf(file: Artifact | null): Promise<Uint8Array> {
  assert.ok(file);
  const { storageKey } = await getArtifact(world.as.alice, file.id);
  const blob = await blobs.get(storageKey);
  assert.ok(blob);
  return new Uint8Array(await new Response(blob.stream).arrayBuffer());
}

const goto = (path: string) => ({ type: "goto" as const, url: `${site.url}${path}` });

test("a film is WebM with a chapter and a caption for each step, and fields that hold secrets are black in it", {
  skip: missingReason("ffmpeg"),
}, async () => {
  await putSecret(world.as.alice, world.project.id, { name: "code", value: "WWWWWWWWWWWW" });
  await start();
  const files = await filmed([
    goto("/plain-field"),
    { type: "fill", target: "#field", value: "{{secrets.code}}" },
    { type: "waitFor", target: "#seen", timeoutMs: 30_000 },
    { type: "expectText", target: "body", text: "<b> & --> {{secrets.code}}", timeoutMs: 200 },
  ]);
  assert.equal(fileOf(files, "frames"), null, "the pictures are not kept twice");
  const captions = new TextDecoder().decode(await bytesOf(fileOf(files, "captions")));
  assert.match(captions, /^WEBVTT\n\n0\n00:00:0\d\.\d{3} --> 00:00:0\d\.\d{3}\n1\. Open http/);
  assert.match(captions, /\n3\n.* --> .*\n4\. [^\n]*&lt;b&gt; &amp; --&gt;[^\n]* ✗ [^\n]*\n/);
  assert.doesNotMatch(captions, /WWWW/);
  const path = join(home, "film.webm");
  writeFileSync(path, await bytesOf(fileOf(files, "video")));
  assert.deepEqual([...readFileSync(path).subarray(0, 4)], [0x1a, 0x45, 0xdf, 0xa3]);
  const facts = JSON.parse(
    execFileSync(
      findProgram("ffprobe") ?? "ffprobe",
      ["-v", "error", "-show_chapters", "-show_format", "-show_streams", "-of", "json", path],
      { encoding: "utf8" },
    ),
  ) as { chapters: { tags: { title: string } }[]; format: { duration: string } };
  assert.equal(facts.chapters.length, 4);
  assert.ok(Number(facts.format.duration) > 2, facts.format.duration);
  // The field is at 8, 8 and 300 by 40 of a page 1280 wide; the film is 960 wide. One that is no secret stands beneath it.
  const [dark, light] = shadesOf(path, "crop=210:24:10:9");
  assert.ok(light - dark <= 40, `something is to be seen in the field: ${dark} to ${light}`);
  const [darkest, lightest] = shadesOf(path, "crop=210:24:10:99");
  assert.ok(lightest - darkest > 80, "what is no secret is to be read");
});

/** The darkest and the lightest value in an area, in the last picture of a film. */
function shadesOf(path: string, crop: string): [number, number] {
  const gray = execFileSync(
    findProgram("ffmpeg") ?? "ffmpeg",
    [
      "-v",
      "error",
      "-sseof",
      "-0.5",
      "-i",
      path,
      "-vf",
      crop,
      "-update",
      "1",
      "-f",
      "rawvideo",
      "-pix_fmt",
      "gray",
      "-",
    ],
    { maxBuffer: 50_000_000 },
  );
  const last = gray.subarray(-210 * 24);
  return [Math.min(...last), Math.max(...last)];
}

test("where there is no ffmpeg the pictures stay, with captions and the reason, and the verdict is what it was", async () => {
  await start(join(home, "nothing"));
  const files = await filmed([goto("/next"), { type: "expectTitle", title: "Next page" }]);
  assert.equal(fileOf(files, "video")?.lostReason, "no worker that made films has ffmpeg");
  assert.notEqual(fileOf(files, "frames"), null);
  assert.match(new TextDecoder().decode(await bytesOf(fileOf(files, "captions"))), /2\. /);
});

test("an ffmpeg that hangs, fails or is not wanted any more is ended with its children and leaves nothing", async () => {
  const folder = await openRunFolder(home, newId());
  const programs = join(home, "programs");
  mkdirSync(programs, { recursive: true });
  const path = `${programs}:${process.env.PATH}`;
  const film = { frames: [{ at: 1_000, jpeg: tiny }], endsAt: 2_000 };
  const encode = async (script: string, timeoutMs: number, signal = new AbortController().signal) => {
    writeFileSync(join(programs, "ffmpeg"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return new VideoEncoder(folder, path, timeoutMs).encode(film, [], signal);
  };
  try {
    assert.deepEqual(await encode("sleep 600 & echo $! > pid; cp pid ..; wait", 400), {
      reason: "ffmpeg took longer than 400 ms",
    });
    const child = Number(readFileSync(join(folder.profilesDirectory, "pid"), "utf8"));
    await until("its child is gone", 5_000, () => !isRunning(child));
    rmSync(join(folder.profilesDirectory, "pid"));
    assert.deepEqual(await encode('echo "/secret/place: no such codec" >&2; exit 3', 10_000), {
      reason: "ffmpeg ended with 3: …: no such codec",
    });
    const unwanted = new AbortController();
    const stopped = encode("sleep 600", 60_000, unwanted.signal);
    setImmediate(() => unwanted.abort(new Error("the worker stops")));
    await assert.rejects(stopped, /the worker stops/);
    assert.deepEqual(readdirSync(folder.profilesDirectory), []);
    assert.deepEqual(readdirSync(join(folder.profilesDirectory, "..")).sort(), ["owner", "profiles"]);
  } finally {
    await folder.remove();
  }
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has waited for yet runs no more.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** As much of a JPEG as its size is read from. */
const tiny = Uint8Array.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 2, 0, 2, 1, 1, 0x11, 0, 0xff, 0xd9]);
