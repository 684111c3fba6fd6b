import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { readFilm } from "../../db/domain/film.ts";
import { Bench, eventually, type Finished } from "./testing/run.ts";
import { type Site, startSite } from "./testing/site.ts";
import { closeBrowsers } from "./thread.ts";

let bench: Bench;
let site: Site;
before(async () => {
  bench = await Bench.open();
  site = await startSite();
});
after(async () => {
  await closeBrowsers();
  await bench.close();
  await site.close();
});

const page = (path: string) => ({ type: "goto", url: `${site.url}${path}` }) as const;
const wait = (ms: number) => ({ type: "waitFor", ms }) as const;
const framesOf = ({ artifacts }: Pick<Finished, "artifacts">) =>
  artifacts.find(({ kind }) => kind === "frames") ?? null;
const leftFolders = () => readdirSync(bench.folder).filter((name) => name.startsWith("attempt-"));

test("a film has the pages as they changed, no more of each second than it may, and says when it begins", async () => {
  const run = await bench.run([page("/ticking"), wait(1_500), page("/next")], { evidence: { video: "on" } });
  assert.equal(run.outcome.status, "passed");
  const film = readFilm(framesOf(run)?.bytes ?? new Uint8Array());
  assert.ok(film && film.frames.length >= 4, `${film?.frames.length} pictures`);
  const lengthMs = film.endsAt - (film.frames[0]?.at ?? 0);
  assert.ok(film.frames.length <= lengthMs / 100 + 3, `${film.frames.length} pictures in ${lengthMs} ms`);
  for (const { jpeg } of film.frames) assert.deepEqual([...jpeg.subarray(0, 2)], [0xff, 0xd8]);
  const announced = run.of("artifact").find(({ kind }) => kind === "frames");
  assert.equal(announced?.from, film.frames[0]?.at);
  assert.deepEqual(leftFolders(), []);
});

test("under on-failure a film is kept of attempts that did not pass, and under off none is made", async () => {
  const kept = async (video: "on-failure" | "off", text: string) =>
    framesOf(
      await bench.run([page("/next"), { type: "expectText", target: "h1", text, timeoutMs: 300 }], {
        evidence: { video },
      }),
    ) !== null;
  assert.equal(await kept("on-failure", "Next"), false);
  assert.equal(await kept("on-failure", "Never"), true);
  assert.equal(await kept("off", "Never"), false);
  assert.deepEqual(leftFolders(), []);
});

test("somebody who watches and the film share one stream of pictures, and neither starves the other", async () => {
  const running = bench.start([page("/ticking"), wait(600), wait(1_500)], { evidence: { video: "on" } });
  await running.seen("step-started", ({ step }) => step === 1);
  running.shots.areTaken = false;
  running.send({ type: "watch", fps: 10, width: 640 });
  await eventually(() => running.views.some(({ type }) => type === "shot"), 10_000, "a picture came");
  // Who watches takes no more; the film goes on.
  assert.equal((await running.outcome).status, "passed");
  assert.equal(running.views.filter(({ type }) => type === "shot").length, 1);
  const film = readFilm(framesOf(running)?.bytes ?? new Uint8Array());
  const late = film?.frames.filter(({ at }) => at > (film?.endsAt ?? 0) - 1_000) ?? [];
  assert.ok(late.length >= 2, `${late.length} pictures of the last second`);
});
