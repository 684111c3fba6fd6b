import assert from "node:assert/strict";
import type { BrowserName } from "../../../db/domain/steps/definition.ts";
import { type PoolAttempt, PoolBench } from "../../testing/pool-bench.ts";
import type { AttemptOutcome, AttemptPlan } from "../protocol.ts";
import { findFirefox, noFirefox } from "./find-browser.ts";
import { hostilePages } from "./hostile-pages.ts";
import type { Written } from "./run.ts";
import { type Site, startSite } from "./site.ts";

const patience = { timeoutMs: 60_000 };
export const press: Written = { type: "click", target: "css=button, a" };

export function goto(path: string, timeoutMs = 60_000): Written {
  return { type: "goto", url: `/hostile/${path}`, timeoutMs };
}

/** An honest page, and enough of it to be there from the beginning to the end of what the other one does. */
const neighbour: Written[] = [
  { type: "goto", url: "/form", ...patience },
  {
    type: "repeat",
    times: 8,
    steps: [
      { type: "fill", target: "label=Name", value: "Ada", ...patience },
      { type: "waitFor", ms: 200 },
      { type: "expectValue", target: "label=Name", value: "Ada", ...patience },
    ],
    ...patience,
  },
  { type: "click", target: "css=#send", ...patience },
  { type: "expectText", target: "css=#query", text: "name=Ada", ...patience },
];

type Told = { status: AttemptOutcome["status"]; code?: string | RegExp; message?: string | RegExp };
type Plan = Omit<Partial<AttemptPlan>, "browser"> & { browser?: Partial<AttemptPlan["browser"]> };

/** Meets pages that do their worst, through the pool as a worker does. */
export class HostileBench {
  readonly #pool: PoolBench;
  readonly #site: Site;
  readonly #browser: Partial<AttemptPlan["browser"]>;

  private constructor(pool: PoolBench, site: Site, browser: Partial<AttemptPlan["browser"]>) {
    this.#pool = pool;
    this.#site = site;
    this.#browser = browser;
  }

  /** @throws for Firefox where there is none: `findFirefox` tells before */
  static async open(name: BrowserName): Promise<HostileBench> {
    const executablePath = name === "firefox" ? findFirefox() : undefined;
    if (executablePath === null) throw new Error(noFirefox);
    const pool = await PoolBench.open({ threads: 1, attemptsMax: 2 });
    const browser = executablePath === undefined ? {} : { name, executablePath };
    return new HostileBench(pool, await startSite(hostilePages), browser);
  }

  /** Runs the hostile steps and, from when the last of them begins, an attempt beside them, which must pass. */
  async meets(steps: Written[], told: Told, { browser, ...plan }: Plan = {}): Promise<PoolAttempt> {
    const baseUrl = this.#site.url;
    const own = { browser: { ...this.#browser, ...browser }, baseUrl };
    const attempt = this.#pool.start(steps, { ...own, ...plan });
    await Promise.race([attempt.begun(steps.length), attempt.outcome]);
    const beside = this.#pool.start(neighbour, own);
    const [outcome, other] = await Promise.all([attempt.outcome, beside.outcome]);
    assert.equal(other.failure, null, "the neighbour");
    assert.equal(other.status, "passed");
    assert.equal(outcome.status, told.status, JSON.stringify(outcome));
    assertSays(outcome.failure?.code, told.code, outcome);
    assertSays(outcome.failure?.message.replaceAll(baseUrl, "SITE"), told.message, outcome);
    return attempt;
  }

  assertNothingLeft(): void {
    assert.deepEqual(this.#pool.leftOfAttempts(), [], "what the attempts had is gone with them");
  }

  async close(): Promise<void> {
    const { processes, profiles } = await this.#pool.close();
    await this.#site.close();
    assert.deepEqual(processes, []);
    assert.deepEqual(profiles, []);
  }
}

function assertSays(
  said: string | undefined,
  wanted: string | RegExp | undefined,
  outcome: AttemptOutcome,
): void {
  if (wanted instanceof RegExp) assert.match(said ?? "", wanted);
  else assert.equal(said, wanted, JSON.stringify(outcome));
}
