import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Secret, TOTP } from "otpauth";
import { recordings } from "../db/domain/import/testing/recordings.ts";
import type { Execution, Run, TestCase } from "../db/domain/resources.ts";
import { parseTestCaseYaml } from "../db/domain/yaml.ts";
import { createUser } from "../db/services/accounts.ts";
import { systemCtx } from "../db/testing/factories.ts";
import { startSystem, type TestSystem } from "../ops/testing/system.ts";
import { runCli } from "./testing/run-cli.ts";
import { runInTerminal, terminalMissing } from "./testing/terminal.ts";

let system: TestSystem;
let folder: string;
let configHome: string;

const cli = (args: string[], more: { env?: Record<string, string>; input?: string } = {}) =>
  runCli(args, { configHome, ...more });
const file = async (name: string, content: string) => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};
const green = "name: Green\nsteps:\n  - goto: /\n  - expectTitle: Home - Corner Shop\n";
const red = 'name: Red\nsteps:\n  - goto: "{{page}}"\n  - expectTitle: { title: Nothing, timeoutMs: 300 }\n';

before(async () => {
  system = await startSystem();
  system.startWorker();
  folder = await mkdtemp(join(tmpdir(), "verdict-cli-"));
  configHome = join(folder, "config");
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await system.stop();
});

describe("signing in from the command line", () => {
  it("is asked for first", async () => {
    const { code, stderr } = await cli(["run", "--case", "x"], { env: { VERDICT_URL: system.origin } });
    assert.equal(code, 2);
    assert.match(stderr, /you are not signed in: run verdict login/);
  });

  it("is refused with a wrong password, and keeps nothing", async () => {
    const args = ["login", "--url", system.origin, "--email", system.email];
    const { code, stderr } = await cli(args, { input: "wrong password\n" });
    assert.equal(code, 2);
    assert.match(stderr, /password is wrong/);
    await assert.rejects(stat(join(configHome, "verdict", "credentials.json")));
  });

  it("keeps the tokens where only their owner reads them", async () => {
    const args = ["login", "--url", system.origin, "--email", system.email];
    const { code, stdout, stderr } = await cli(args, { input: `${system.password}\n` });
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`Signed in to ${system.origin} as ${system.email}`));
    const { mode } = await stat(join(configHome, "verdict", "credentials.json"));
    assert.equal(mode & 0o777, 0o600);
  });

  it("is renewed when its access token has ended", async () => {
    const path = join(configHome, "verdict", "credentials.json");
    const before = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...before, accessToken: "ended", expiresAt: 0 }));
    const { code, stdout } = await cli(["doctor"]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, new RegExp(`sign-in +as ${system.email}`));
    const now = JSON.parse(await readFile(path, "utf8"));
    assert.notEqual(now.refreshToken, before.refreshToken);
  });
});

describe("signing in with a one-time code", () => {
  const home = () => ({ configHome: join(folder, "with-codes") });
  const password = "a password of somebody careful";

  const post = async (path: string, body: unknown, token?: string) => {
    const bearer: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const headers = { "content-type": "application/json", ...bearer };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(`${system.origin}/api/v1${path}`, init);
    assert.equal(answer.status, 200);
    return (await answer.json()) as Record<string, unknown>;
  };

  /** Each has five tries a minute, of which this takes one. */
  async function somebodyWithCodes() {
    const email = `${randomUUID()}@example.com`;
    const ctx = systemCtx(system.database.db);
    await createUser(ctx, { email, name: "Toni", password, platformRole: "user" });
    const { accessToken } = await post("/auth/login", { email, password });
    const { secret } = await post("/auth/2fa/setup", {}, String(accessToken));
    const code = new TOTP({ secret: Secret.fromBase32(String(secret)) }).generate();
    const { recoveryCodes } = await post("/auth/2fa/enable", { code }, String(accessToken));
    const [recoveryCode = ""] = recoveryCodes as string[];
    return { email, recoveryCode, args: ["login", "--url", system.origin, "--email", email] };
  }

  it("asks for it at a terminal, and once more after a wrong one", { skip: terminalMissing }, async () => {
    const { email, recoveryCode, args } = await somebodyWithCodes();
    const dialogue = [
      { until: /Password: $/, type: password },
      { until: /One-time code: $/, type: "no code" },
      { until: /the code is wrong, or was used already[\s\S]*One-time code: $/, type: recoveryCode },
    ];
    const { code, screen } = await runInTerminal(args, { ...home(), dialogue });
    assert.equal(code, 0, screen);
    assert.match(screen, new RegExp(`Signed in to ${system.origin} as ${email}`));
    assert.ok(!screen.includes(password), "what is typed for the password is not shown");
  });

  it("takes it from VERDICT_CODE where nobody can be asked, and a wrong one once", async () => {
    const { recoveryCode, args } = await somebodyWithCodes();
    const signIn = (env: Record<string, string>) => runCli(args, { ...home(), env, input: `${password}\n` });
    const wrong = await signIn({ VERDICT_CODE: "no code" });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /the code is wrong, or was used already/);
    const right = await signIn({ VERDICT_CODE: recoveryCode });
    assert.equal(right.code, 0, right.stderr);
  });

  it("says what is missing where there is neither", async () => {
    const { args } = await somebodyWithCodes();
    const { code, stderr } = await runCli(args, { ...home(), input: `${password}\n` });
    assert.equal(code, 3);
    assert.match(stderr, /a one-time code is needed: give VERDICT_CODE/);
  });
});

describe("an API token", () => {
  it("is kept when the server takes it, and is enough from then on; another is refused", async () => {
    const api = `${system.origin}/api/v1`;
    const post = async (path: string, body: unknown, token?: string) => {
      const headers = {
        "content-type": "application/json",
        ...(token && { authorization: `Bearer ${token}` }),
      };
      const response = await fetch(`${api}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
      return (await response.json()) as Record<string, string>;
    };
    const { accessToken } = await post("/auth/login", { email: system.email, password: system.password });
    const { token } = await post("/auth/tokens", { name: "CI" }, accessToken);
    const own = { configHome: join(configHome, "token") };
    const args = ["login", "--token", "--url", system.origin];
    const refused = await runCli(args, { ...own, input: "vdt_wrong\n" });
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /token is not valid/);
    const { code, stdout, stderr } = await runCli(args, { ...own, input: `${token}\n` });
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(`as ${system.email}`) && !stdout.includes(String(token)));
    const doctor = await runCli(["doctor"], own);
    assert.equal(doctor.code, 0, doctor.stdout);
  });
});

describe("running from the command line", () => {
  const inDemo = ["--project", "corner-shop"];

  it("ends with 0 when all is green, and makes the case only once", async () => {
    const path = await file("green.yaml", green);
    const first = await cli(["run", path, ...inDemo]);
    assert.equal(first.code, 0, first.stderr + first.stdout);
    assert.match(first.stdout, /✔ passed +Green/);
    assert.match(first.stdout, /1 passed/);
    const again = await cli(["--json", "run", path, ...inDemo]);
    const { exitCode, runs } = JSON.parse(again.stdout) as {
      exitCode: number;
      runs: { executions: Execution[] }[];
    };
    assert.equal(exitCode, 0);
    assert.equal(runs[0]?.executions[0]?.version, 1, "the same content is no new version");
  });

  it("ends with 1 when a test failed, and says why in a line", async () => {
    const path = await file("red.yaml", red);
    const { code, stdout } = await cli(["run", path, ...inDemo, "--var", "page=/products"]);
    assert.equal(code, 1);
    assert.match(stdout, /✖ failed +Red/);
    assert.match(stdout, /step 2: .*"Nothing".*"Products - Corner Shop"/);
  });

  it("takes a suite file as a suite, with an address and a secret of its own", async () => {
    const suite = `name: Two\nsecrets: [pin]\ncases:\n${[green, red.replace("{{page}}", "/")]
      .map((text) => `  - ${text.trim().replaceAll("\n", "\n    ")}\n`)
      .join("")}`;
    const path = await file("suite.yaml", suite);
    const args = ["run", path, "--project", "Of its own", "--create-project", "--base-url", system.demoUrl];
    const without = await cli(args);
    assert.equal(without.code, 3);
    assert.match(without.stderr, /secrets without a value: pin.*VERDICT_SECRET_PIN/);
    const { code, stdout, stderr } = await cli(args, { env: { VERDICT_SECRET_PIN: "1234" } });
    assert.equal(code, 1, stderr);
    assert.match(stdout, /1 passed, 1 failed/);
  });

  it("names the lines of a file that is wrong, and changes nothing", async () => {
    const path = await file("wrong.yaml", "name: x\nsteps:\n  - klick: a\n  - click: role=\n");
    const { code, stderr } = await cli(["run", path, ...inDemo]);
    assert.equal(code, 3);
    assert.match(stderr, /steps\.0\.type: unknown step type.*\(line 3\)\n.*steps\.1\.target: .*\(line 4\)/s);
  });

  it("takes a suite of the server, and only starts it when told so", async () => {
    const { code, stdout } = await cli(["--json", "run", "--suite", system.demoSuiteId, "--no-wait"]);
    assert.equal(code, 0);
    const [runId] = (JSON.parse(stdout) as { runIds: string[] }).runIds;
    const { status, body } = await system.call("POST", `/runs/${runId}/stop`, {});
    assert.equal(status, 202);
    assert.equal((body as Run).id, runId);
  });

  it("is refused when it does not know what to run, or where", async () => {
    assert.match((await cli(["run"])).stderr, /say what to run/);
    assert.match((await cli(["run", "--suite", "a", "--case", "b"])).stderr, /one of them/);
    const path = await file("green.yaml", green);
    const { code, stderr } = await cli(["run", path, "--project", "nowhere"]);
    assert.equal(code, 3);
    assert.match(stderr, /no project "nowhere" \(there are .*corner-shop/);
    assert.equal((await cli(["run", "--retries", "many"])).code, 3);
    assert.equal((await cli(["dance"])).code, 3);
    assert.equal((await cli(["--help"])).code, 0);
  });
});

describe("files and logs from the command line", () => {
  it("come in as recordings and go out as YAML without loss", async () => {
    const path = await file("recording.json", JSON.stringify(recordings.signIn));
    const { code, stdout, stderr } = await cli(["import", path, "--project", "corner-shop"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /recording\.json is now "Sign in and buy"/);
    assert.match(stdout, /Set these secrets in the project: password/);
    const id = /test-cases\/([0-9a-f-]{36})/.exec(stdout)?.[1] ?? "";
    const exported = await cli(["export", id]);
    const { steps } = (await system.call("GET", `/test-cases/${id}`)).body as TestCase;
    assert.deepEqual(parseTestCaseYaml(exported.stdout).steps, steps);
  });

  it("follow an execution to its end, every line once", async () => {
    const path = await file("green.yaml", green);
    const started = await cli(["--json", "run", path, "--project", "corner-shop", "--no-wait"]);
    const [runId] = (JSON.parse(started.stdout) as { runIds: string[] }).runIds;
    const { items } = (await system.call("GET", `/executions?runId=${runId}`)).body as { items: Execution[] };
    const { code, stdout } = await cli(["--json", "logs", items[0]?.id ?? "", "-f"]);
    assert.equal(code, 0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { seq: number; type: string });
    assert.deepEqual(
      lines.map(({ seq }) => seq),
      lines.map((_, index) => index + 1),
    );
    assert.equal(lines.at(-1)?.type, "execution-finished");
  });
});

describe("reports from the command line", () => {
  const inDemo = ["--project", "corner-shop"];

  it("are written when the run has ended, whatever its verdict, one set for each run", async () => {
    const paths = [await file("one.yaml", green), await file("two.yaml", red)];
    const [junit, ctrf] = [join(folder, "out", "report.xml"), join(folder, "out", "report.json")];
    const reports = ["--report", `junit=${junit}`, "--report", `ctrf=${ctrf}`];
    const { code, stderr } = await cli(["run", ...paths, ...inDemo, "--var", "page=/products", ...reports]);
    assert.equal(code, 1, stderr);
    assert.match(await readFile(junit, "utf8"), /tests="1" failures="0"/);
    assert.match(await readFile(join(folder, "out", "report-2.xml"), "utf8"), /tests="1" failures="1"/);
    assert.equal(JSON.parse(await readFile(ctrf, "utf8")).results.summary.passed, 1);
    assert.match(stderr, /Written to .*report\.xml/);
  });

  it("of an earlier run go to the terminal or to a file", async () => {
    const { body } = await system.call("GET", "/runs?limit=1");
    const [run] = (body as { items: Run[] }).items;
    const { code, stdout } = await cli(["report", run?.id ?? "", "--format", "csv"]);
    assert.equal(code, 0);
    assert.match(stdout, /^run,group,test case,/);
    assert.equal((await cli(["report", "none"])).code, 3);
  });

  it("are refused in a form that there is not, and without waiting", async () => {
    const path = await file("green.yaml", green);
    const refused = await cli(["run", path, ...inDemo, "--report", "html=x"]);
    assert.deepEqual([refused.code, /Expected FORMAT=FILE/.test(refused.stderr)], [3, true]);
    assert.equal((await cli(["run", path, ...inDemo, "--no-wait", "--report", "csv=x"])).code, 3);
  });
});

describe("looking after things from the command line", () => {
  it("says what is wrong with the server's address", async () => {
    const { code, stdout } = await cli(["--url", "http://127.0.0.1:9", "doctor"]);
    assert.equal(code, 2);
    assert.match(stdout, /✖ server +http:\/\/127\.0\.0\.1:9 does not answer/);
  });

  it("signs out here and on the server", async () => {
    const path = join(configHome, "verdict", "credentials.json");
    const { refreshToken } = JSON.parse(await readFile(path, "utf8"));
    const { code, stdout } = await cli(["logout"]);
    assert.equal(code, 0);
    assert.match(stdout, /Signed out/);
    await assert.rejects(stat(path));
    const { status } = await system.call("POST", "/auth/refresh", { refreshToken });
    assert.equal(status, 401);
  });
});
