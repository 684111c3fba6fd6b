import assert from "node:assert/strict";
import type { EgressMode, EgressTrouble } from "../../../db/domain/egress.ts";
import type { Bench, Written } from "../../browser/testing/run.ts";
import { closeBrowsers } from "../../browser/thread.ts";
import { EgressGateway } from "../gateway.ts";
import { Canary, startLure } from "./canary.ts";
import { type Spelling, tableLookup } from "./spellings.ts";

/** A way to write an address, tried by one way to get there. */
export type Path = { way: string; spelling: Spelling; index: number };
export const pathOf = ({ way, index }: Path) => `/${way}/${index}`;

/** What hears everything that reaches this machine, a page that lures browsers there, and gateways of both modes. */
export class Trap {
  readonly canary: Canary;
  readonly lure: Awaited<ReturnType<typeof startLure>>;
  readonly open = new EgressGateway({ mode: "open", lookup: tableLookup });
  readonly denying = new EgressGateway({ mode: "deny-private", lookup: tableLookup });

  private constructor(canary: Canary, lure: Awaited<ReturnType<typeof startLure>>) {
    this.canary = canary;
    this.lure = lure;
  }

  static async set(): Promise<Trap> {
    return new Trap(await Canary.open(), await startLure("127.0.0.3"));
  }

  async close(): Promise<void> {
    await closeBrowsers();
    this.open.close();
    this.denying.close();
    await this.lure.close();
    await this.canary.close();
  }

  urlOf(path: Path): string {
    return `http://${path.spelling.host}:${this.canary.port}${pathOf(path)}`;
  }

  lureTo(path: Path, page: "page" | "redirect"): string {
    return `${this.lure.origin}/${page}?to=${encodeURIComponent(this.urlOf(path))}`;
  }

  /** An attempt that may reach the lure, and nothing else that is not public. */
  async attempt(bench: Bench, mode: EgressMode, steps: Written[], executablePath?: string) {
    const gateway = mode === "open" ? this.open : this.denying;
    const troubles: EgressTrouble[] = [];
    const pass = await gateway.open([`127.0.0.3/32:${this.lure.port}`], (trouble) => {
      troubles.push(trouble);
      running.send({ type: "egress-trouble", trouble });
    });
    const { browser } = bench.plan([]);
    // What is told to go straight to this machine by its numbers would not be held to anything, nor tried.
    const proxy = { ...pass.plan, direct: [] };
    const running = bench.start(steps, {
      proxy,
      timeoutMs: 120_000,
      screenshots: "never",
      browser: { ...browser, isHeld: mode === "deny-private", ...(executablePath ? { executablePath } : {}) },
    });
    const outcome = await running.outcome;
    pass.close();
    return { outcome, troubles, events: running.events };
  }

  /** Fails when anything was heard meanwhile. */
  async nothingReached(work: () => Promise<void>): Promise<void> {
    const { connections, packets } = this.canary;
    await work();
    assert.deepEqual(
      {
        connections: this.canary.connections,
        packets: this.canary.packets,
        hits: this.canary.hits.slice(-5),
      },
      { connections, packets, hits: this.canary.hits.slice(-5) },
    );
  }
}
