import type { Client } from "./client.ts";
import type { Lab } from "./lab.ts";
import type { Answer } from "./ledger.ts";

const everyMs = 1_000;
/** Far above what is allowed, so that a late answer is told from none. */
const hungMs = 15_000;
const paths = ["/health/live", "/health/ready", "/api/v1/runs?limit=1"];

/** Asks the API all the time how it is, and writes down what it says. While the API itself is killed nothing is asked of it. */
export class Prober {
  readonly #lab: Lab;
  readonly #client: Client;
  readonly #timer: NodeJS.Timeout;

  constructor(lab: Lab, client: Client) {
    this.#lab = lab;
    this.#client = client;
    this.#timer = setInterval(() => void this.#ask(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #ask(): Promise<void> {
    const token = await this.#client.token().catch(() => null);
    if (token === null || !this.#lab.isApiUp) return;
    const answers = await Promise.all(paths.map((path) => this.#get(path, token)));
    if (this.#lab.isApiUp) this.#lab.ledger.answers.push(...answers);
  }

  async #get(path: string, token: string): Promise<Answer> {
    const at = Date.now();
    const began = performance.now();
    const base = { path, at, status: null, retryAfter: null, error: null };
    try {
      const response = await fetch(`${this.#lab.origin}${path}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(hungMs),
      });
      await response.text();
      const retryAfter = response.headers.get("retry-after");
      return { ...base, ms: performance.now() - began, status: response.status, retryAfter };
    } catch (error) {
      return { ...base, ms: performance.now() - began, error: String(error) };
    }
  }
}
