import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { BrowserName } from "../../../db/domain/steps/definition.ts";
import { Bench } from "../../browser/testing/run.ts";
import { closeBrowsers } from "../../browser/thread.ts";
import { type Spelling, spellings } from "./spellings.ts";
import { pathOf, Trap } from "./trap.ts";
import { pageSteps, pageWays, stepWays } from "./ways.ts";

/** Those that take an attempt each: what has no network behind it is tried by pages and by the dialer. */
const tryable = spellings.filter(({ is }) => /^(loopback|unspecified|private|link-local|metadata)$/.test(is));
export const reaching = spellings.filter(({ reaches }) => reaches);
const attemptsAtOnce = 3;

async function each<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  const left = [...items.entries()];
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: attemptsAtOnce }, worker));
}

export type Subject = {
  title: string;
  name: BrowserName;
  skip: string | false;
  /** Of `stepWays`. */
  steps: readonly string[];
  /** The hosts that these are tried with; null: all that there are. */
  tried: readonly string[] | null;
};

/**
 * Every spelling by every way, in a real browser: with `deny-private` nothing of this machine hears anything of it. And the same
 * without: then the canary hears all of it, so that a way that does not work at all can't pass for one that is held.
 */
export function holdBrowser({ title, name, skip, steps: ways, tried }: Subject): void {
  describe(`${title} with EGRESS=deny-private`, { skip, timeout: 900_000 }, () => {
    let trap: Trap;
    let bench: Bench;
    before(async () => {
      trap = await Trap.set();
      bench = await Bench.open(name);
    });
    after(async () => {
      await closeBrowsers();
      await bench.close();
      await trap.close();
    });

    const trying = (all: readonly Spelling[]) => all.filter(({ host }) => tried?.includes(host) ?? true);

    for (const [way, steps] of Object.entries(stepWays).filter(([way]) => ways.includes(way))) {
      it(`reaches nothing by ${way}, and is told why`, () =>
        trap.nothingReached(() =>
          each(trying(tryable), async (spelling, index) => {
            const { outcome, events } = await trap.attempt(
              bench,
              "deny-private",
              steps(trap, { way, spelling, index }),
            );
            assert.equal(outcome.status, "error", `${spelling.host}: ${outcome.failure?.message}`);
            assert.equal(outcome.failure?.code, "egress-refused", spelling.host);
            assert.match(outcome.failure?.message ?? "", /port \d+ is refused: it is/, spelling.host);
            const warned = events.some(
              (event) => event.type === "log" && / is refused: it is/.test(event.text),
            );
            assert.ok(warned, `${spelling.host} is not in the log`);
          }),
        ));

      it(`would reach this machine by ${way}`, () =>
        each(trying(reaching), async (spelling, index) => {
          const path = { way: `open ${way}`.replaceAll(" ", "-"), spelling, index };
          const { outcome } = await trap.attempt(bench, "open", steps(trap, path));
          assert.equal(outcome.status, "passed", `${spelling.host}: ${outcome.failure?.message}`);
          assert.ok(trap.canary.has(pathOf(path)), `${spelling.host} was not reached`);
        }));
    }

    for (const way of Object.keys(pageWays)) {
      it(`lets a page reach nothing by ${way}`, () =>
        trap.nothingReached(async () => {
          const { outcome, troubles } = await trap.attempt(
            bench,
            "deny-private",
            pageSteps(trap, way, spellings),
          );
          assert.equal(outcome.status, "passed", outcome.failure?.message);
          assert.ok(troubles.length >= reaching.length / 2, `${troubles.length} refusals`);
          assert.ok(troubles.every(({ kind }) => kind === "refused"));
        }));

      it(`would let a page reach this machine by ${way}`, async () => {
        const named = `open-${way}`;
        const steps = pageSteps(trap, way, reaching);
        const text = JSON.stringify(steps).replaceAll(`/${way}/`, `/${named}/`);
        const { outcome } = await trap.attempt(bench, "open", JSON.parse(text));
        assert.equal(outcome.status, "passed", outcome.failure?.message);
        const missed = reaching.filter(
          (spelling, index) => !trap.canary.has(pathOf({ way: named, spelling, index })),
        );
        assert.deepEqual(missed, []);
      });
    }
  });
}
