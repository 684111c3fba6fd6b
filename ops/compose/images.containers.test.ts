import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  docker,
  engineMissingReason,
  imageOf,
  logsOf,
  runPrefix,
  type Target,
  targets,
} from "../testing/containers.ts";
import { until } from "../testing/system.ts";

const skip = engineMissingReason();
const container = `${runPrefix()}-image`;
const hardened = [
  "--read-only",
  "--cap-drop",
  "ALL",
  "--security-opt",
  "no-new-privileges",
  "--tmpfs",
  "/tmp",
];
after(() => {
  if (!skip) docker("rm", "--force", "--volumes", container);
});

type Facts = { Size: number; Config: { User: string; Healthcheck?: { Test: string[] } } };
const factsOf = (target: Target) => (JSON.parse(docker("image", "inspect", imageOf(target))) as [Facts])[0];

test("the image of the API is smaller than 200 MB", { skip }, (t) => {
  const megabytes = Object.fromEntries(
    targets.map((target) => [target, Math.round(factsOf(target).Size / 1e6)]),
  );
  t.diagnostic(`sizes in MB: ${JSON.stringify(megabytes)}`);
  assert.ok((megabytes.api ?? Number.NaN) < 200);
});

test("every image runs as a user of its own, and every service says whether it is well", { skip }, () => {
  for (const target of targets) {
    const { Config } = factsOf(target);
    const [user, group] = Config.User.split(":").map(Number);
    assert.ok((user ?? 0) >= 1001 && (group ?? 0) >= 1001, `${target} runs as "${Config.User}"`);
    const wanted = target === "tools" ? "NONE" : "CMD";
    assert.equal(Config.Healthcheck?.Test[0], wanted, target);
  }
});

test("the API's image holds no shell and no package manager", { skip }, () => {
  for (const program of ["/bin/sh", "/bin/bash", "/usr/bin/apt-get", "/usr/local/bin/npm"]) {
    assert.throws(
      () => docker("run", "--rm", "--entrypoint", program, imageOf("api")),
      /no such file or directory/,
    );
  }
});

test("the API becomes healthy on a root that can't be written to, and ends cleanly on SIGTERM", {
  skip,
}, async (t) => {
  const variables = {
    DATABASE_URL: "postgres://nobody:nothing@127.0.0.1:1/none",
    SECRET_KEY: "0".repeat(48),
  };
  const flags = Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  docker("run", "--detach", "--name", container, ...hardened, ...flags, imageOf("api"));
  const health = async () => docker("inspect", "--format", "{{.State.Health.Status}}", container);
  await until("a healthy API", 60_000, health, (status) => status === "healthy");
  const startedAt = Date.parse(docker("inspect", "--format", "{{.State.StartedAt}}", container));
  const listening = /"time":"([^"]+)"[^\n]*"event":"listening"/.exec(logsOf(container));
  t.diagnostic(`from start to listening: ${Date.parse(listening?.[1] ?? "") - startedAt} ms`);
  assert.throws(() => docker("exec", container, "node", "-e", "fs.writeFileSync('/app/x', '')"), /EROFS/);
  docker("stop", "--time", "30", container);
  assert.equal(docker("inspect", "--format", "{{.State.ExitCode}}", container), "0");
  assert.match(logsOf(container), /"event":"stopped","clean":true/);
});
