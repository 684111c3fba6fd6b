import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "../../db/domain/queries.ts";
import type { Execution, Organization, Project, Run, Suite, TestCase } from "../../db/domain/resources.ts";
import { isFinal } from "../../db/domain/states.ts";
import { parseSuiteFile } from "../../db/domain/yaml.ts";
import { demoAccount } from "../demo/pages/account.ts";
import { docker, engineMissingReason, logsOf } from "../testing/containers.ts";
import { type Production, startProduction } from "../testing/production.ts";

const skip = engineMissingReason();
const ours = ["api-1", "api-2", "worker", "demo-site"];
const others = ["postgres", "redis", "nginx"];
const runBoundMs = 500_000;

let production: Production;
before(async () => {
  if (!skip) production = await startProduction();
});
after(() => production?.stop());

test("every container runs as an ordinary user, without capabilities, on a root that can't be written to", {
  skip,
}, () => {
  for (const service of [...ours, ...others]) {
    const [{ Config, HostConfig }] = JSON.parse(docker("inspect", production.container(service)));
    assert.ok(HostConfig.ReadonlyRootfs, service);
    assert.deepEqual(HostConfig.CapDrop, ["ALL"], service);
    assert.ok(HostConfig.SecurityOpt.includes("no-new-privileges:true"), service);
    assert.ok(HostConfig.Memory > 0, `${service} may take all of the memory`);
    assert.ok(Number(Config.User.split(":")[0]) > 0, `${service} runs as "${Config.User}"`);
  }
  for (const service of ours) {
    const seen = production.node(
      service,
      "try { fs.writeFileSync('/app/x', '') } catch (error) { console.log(error.code, process.getuid()) }",
    );
    assert.equal(seen, "EROFS 10001", service);
  }
});

test("people are sent on to https, where the answer says to stay there", { skip }, async () => {
  const httpPort = docker("port", production.container("nginx"), "8080").split("\n")[0];
  const plain = await fetch(`http://${httpPort}/sign-in?next=/runs`, { redirect: "manual" });
  assert.equal(plain.status, 308);
  assert.equal(plain.headers.get("location"), `${production.origin}/sign-in?next=/runs`);
  const page = await production.get("/sign-in");
  assert.equal(page.status, 200);
  assert.match(String(page.headers["strict-transport-security"]), /max-age=\d{8}/);
});

test("both instances are asked, and who asks is known by his own address", { skip }, async () => {
  for (let request = 0; request < 6; request++) await production.get("/health/live");
  const asked = new Set(
    [...logsOf(production.container("nginx")).matchAll(/"upstream":"([\d.]+):3000"/g)].map(([, at]) => at),
  );
  assert.equal(asked.size, 2);
});

test("the style sheet comes whole, the second time from nginx itself", { skip }, async () => {
  const { text } = await production.get("/sign-in");
  const path = /\/static\/app\.css[^"]*/.exec(text)?.[0];
  assert.ok(path, "the page names no style sheet");
  const [first, second] = [await production.get(path), await production.get(path)];
  assert.equal(first.status, 200);
  assert.ok(first.text.length > 10_000, `${first.text.length} characters`);
  assert.equal(second.headers["x-cache-status"], "HIT");
});

test("no route leads from the database to anywhere, and from where browsers run none to database, cache and API", {
  skip,
}, () => {
  assert.ok(hasDefaultRoute("demo-site"), "a container that may go out has the route");
  for (const service of ["postgres", "redis", "api-1"]) {
    assert.ok(!hasDefaultRoute(service), `${service} has a way out`);
  }
  const site = `${addressOf("demo-site", "outside")}:8000`;
  const database = `${addressOf("postgres", "database")}:5432`;
  const cache = `${addressOf("redis", "cache")}:6379`;
  const apis = ["edge", "database", "cache"].map((network) => `${addressOf("api-1", network)}:3000`);
  assert.deepEqual(reached("api-1", [site, database, cache]), [database, cache]);
  assert.deepEqual(reached("worker", [site, database, cache, ...apis]), [site]);
});

test("the worker's socket to the database opens for nobody without a password", { skip }, () => {
  for (const user of ["verdict_owner", "verdict_app", "postgres"]) {
    const script = `const sql = require("postgres")({ host: "/var/run/postgresql", user: "${user}", database: "verdict", max: 1 });
      sql\`select 1\`.then(() => console.log("in"), (error) => console.log(error.code ?? error.message)).finally(() => sql.end());`;
    assert.match(production.node("worker", script), /^(28P01|SASL)/, user);
  }
});

test("the demo suite runs green in sandboxed browsers, watched through nginx, while an API, the worker and Redis go away", {
  skip,
}, async (t) => {
  const suite = await createDemo();
  const site = `${addressOf("demo-site", "outside")}/32:8000`;
  const allowed = await production.call("PUT", `/projects/${suite.projectId}/egress`, { allow: [site] });
  assert.equal(allowed.status, 200, allowed.text);
  const traffic = new Traffic();
  t.after(() => traffic.end());
  const started = await production.call("POST", `/test-suites/${suite.id}/execute`, {});
  assert.equal(started.status, 202, started.text);
  const run = started.body as Run;
  const socket = await watch(`run:${run.id}`);

  assertSandboxed(await rendererOf("worker"));
  production.compose("kill", "api-1");
  await traffic.goesOn(40);
  assert.equal((await production.call("GET", "/users/me")).status, 200);
  production.compose("start", "api-1");

  production.compose("kill", "worker");
  production.compose("start", "worker");

  production.compose("kill", "redis");
  await traffic.goesOn(40);
  assert.equal((await production.call("GET", "/users/me")).status, 200);
  production.compose("start", "redis");
  assert.deepEqual(await traffic.end(), []);

  const { counts } = await endOf(run.id);
  const all = (await production.call("GET", `/executions?runId=${run.id}&limit=200`)).body as Page<Execution>;
  t.diagnostic(`counts: ${JSON.stringify(counts)}; requests meanwhile: ${traffic.answers}`);
  assert.ok(all.items.every(({ status }) => isFinal(status)));
  assert.equal(counts.error, 0, "nothing that went away is a verdict about a page");
  assert.equal(counts.failed, 2, "those that fail on purpose, and no others");
  assert.ok(socket.events > 0, "nothing was heard of the run");
  socket.close();
});

test("an instance that was made anew is found again by nginx", { skip }, async () => {
  production.compose("up", "--detach", "--wait", "--no-deps", "--no-build", "--force-recreate", "api-1");
  production.compose("stop", "api-2");
  assert.equal((await production.get("/health/ready")).status, 200);
  production.compose("up", "--detach", "--wait", "--no-deps", "--no-build", "api-2");
});

test("API and worker end cleanly when they are stopped", { skip }, () => {
  production.compose("stop", "api-1", "api-2", "worker");
  for (const service of ["api-1", "api-2", "worker"]) {
    assert.equal(
      docker("inspect", "--format", "{{.State.ExitCode}}", production.container(service)),
      "0",
      service,
    );
    assert.match(logsOf(production.container(service)), /"event":"stopped","clean":true/, service);
  }
});

/** A project for the shop in the container `demo-site`, with the demo's own suite. */
async function createDemo(): Promise<Suite> {
  const content = parseSuiteFile(await readFile(new URL("../demo/suite.yaml", import.meta.url), "utf8"));
  const organizations = await production.call("GET", "/organizations");
  const [organization] = (organizations.body as Page<Organization>).items;
  const baseUrl = "http://demo-site:8000/";
  const project = await create<Project>("/projects", {
    organizationId: organization?.id,
    name: "Shop",
    baseUrl,
  });
  await create(`/projects/${project.id}/secrets`, { name: "password", value: demoAccount.password });
  const testCaseIds: string[] = [];
  for (const one of content.cases) {
    testCaseIds.push((await create<TestCase>("/test-cases", { ...one, projectId: project.id })).id);
    // What nginx lets through of one address.
    await delay(120);
  }
  return create<Suite>("/test-suites", {
    projectId: project.id,
    name: "Shop",
    testCaseIds,
    retries: content.retries,
  });
}

async function create<T>(path: string, body: unknown): Promise<T> {
  const answer = await production.call("POST", path, body);
  assert.equal(answer.status, 201, `${path}: ${answer.text}`);
  return answer.body as T;
}

async function endOf(runId: string): Promise<Run> {
  const deadline = performance.now() + runBoundMs;
  for (;;) {
    const { status, body, text } = await production.call("GET", `/runs/${runId}`);
    if (status === 200 && isFinal((body as Run).status)) return body as Run;
    assert.ok(performance.now() < deadline, `the run did not end: ${text}`);
    // The allowance of one user is a hundred requests in a minute.
    await delay(2_000);
  }
}

async function watch(topic: string): Promise<{ readonly events: number; close(): void }> {
  const { body } = await production.call("POST", "/ws-tickets");
  const socket = production.socket((body as { ticket: string }).ticket);
  let events = 0;
  socket.on("message", (data) => {
    if (JSON.parse(String(data)).type === "event") events++;
  });
  // The instance that it leads to is one of those that are killed.
  socket.on("error", () => undefined);
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "subscribe", topic, after: 0 }));
  return {
    get events() {
      return events;
    },
    close: () => socket.terminate(),
  };
}

/** People who go on asking, whatever happens behind nginx. */
class Traffic {
  readonly #failures: string[] = [];
  readonly #clients: Promise<void>[];
  #isOver = false;
  answers = 0;

  constructor() {
    this.#clients = Array.from({ length: 2 }, () => this.#ask());
  }

  /** Waits until so many more were answered. */
  async goesOn(count: number): Promise<void> {
    const wanted = this.answers + count;
    const deadline = performance.now() + 60_000;
    while (this.answers < wanted) {
      assert.ok(performance.now() < deadline, `requests hang: ${this.#failures.join(", ")}`);
      await delay(50);
    }
  }

  /** What was not answered as it should have been. */
  async end(): Promise<string[]> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    return this.#failures;
  }

  async #ask(): Promise<void> {
    while (!this.#isOver) {
      const seen = await production.get("/health/live").then(
        ({ status }) => String(status),
        (error: unknown) => String(error),
      );
      this.answers++;
      if (seen !== "200") this.#failures.push(seen);
      await delay(50);
    }
  }
}

type Renderer = { flags: string; isInOwnUsers: boolean; isInOwnProcesses: boolean };

/** A renderer of a running browser, as the worker's container sees it. */
async function rendererOf(service: string): Promise<Renderer> {
  const script = `const pids = fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name) && Number(name) !== process.pid);
    for (const pid of pids) try {
      const flags = fs.readFileSync("/proc/" + pid + "/cmdline", "utf8").replaceAll("\\0", " ");
      if (!flags.includes("--type=renderer")) continue;
      const own = (kind) => fs.readlinkSync("/proc/" + pid + "/ns/" + kind) !== fs.readlinkSync("/proc/1/ns/" + kind);
      console.log(JSON.stringify({ flags, isInOwnUsers: own("user"), isInOwnProcesses: own("pid") }));
      break;
    } catch {}`;
  for (let tries = 0; tries < 60; tries++) {
    const seen = production.node(service, script);
    if (seen !== "") return JSON.parse(seen) as Renderer;
  }
  throw new Error("no browser was seen");
}

function assertSandboxed({ flags, isInOwnUsers, isInOwnProcesses }: Renderer): void {
  assert.doesNotMatch(flags, /--no-sandbox|--disable-(setuid|namespace|seccomp)/);
  assert.ok(isInOwnUsers && isInOwnProcesses, "the renderer shares namespaces with the worker");
}

function addressOf(service: string, network: string): string {
  const [{ NetworkSettings }] = JSON.parse(docker("inspect", production.container(service)));
  const found = Object.entries<{ IPAddress: string }>(NetworkSettings.Networks).find(([name]) =>
    name.endsWith(`_${network}`),
  );
  assert.ok(found, `${service} is not on ${network}`);
  return found[1].IPAddress;
}

/** Those of the addresses that a process in the container connects to. */
function reached(service: string, addresses: readonly string[]): string[] {
  const script = `const tries = ${JSON.stringify(addresses)}.map((address) => new Promise((resolve) => {
      const [host, port] = address.split(":");
      const socket = net.connect({ host, port, timeout: 5000 });
      const say = (seen) => { socket.destroy(); resolve(seen); };
      socket.on("connect", () => say([address])).on("error", () => say([])).on("timeout", () => say([]));
    }));
    Promise.all(tries).then((seen) => console.log(JSON.stringify(seen.flat())));`;
  return JSON.parse(production.node(service, script)) as string[];
}

function hasDefaultRoute(service: string): boolean {
  const routes = service.startsWith("api")
    ? production.node(service, "console.log(fs.readFileSync('/proc/net/route', 'utf8'))")
    : docker("exec", production.container(service), "cat", "/proc/net/route");
  return routes.split("\n").some((line) => line.split("\t")[1] === "00000000");
}
