import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "./client.ts";
import type { Lab } from "./lab.ts";
import { persistently } from "./patience.ts";

const everyMs = 250;

/** A client that looks at artifacts of what has ended, and writes down what it was given. */
export class Reader {
  readonly #lab: Lab;
  readonly #clients: readonly Client[];
  #isStopped = false;
  #loop: Promise<void> | null = null;

  constructor(lab: Lab, clients: readonly Client[]) {
    this.#lab = lab;
    this.#clients = clients;
  }

  begin(): void {
    this.#loop ??= this.#readAll();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#loop;
  }

  async #readAll(): Promise<void> {
    for (let turn = 0; !this.#isStopped; turn++) {
      const client = this.#clients[turn % this.#clients.length];
      const [row] = client ? await this.#anyOf(client) : [];
      if (client && row) await this.#read(client, row.id);
      await delay(everyMs);
    }
  }

  #anyOf({ tenant }: Client): Promise<{ id: string }[]> {
    return persistently(
      () => this.#lab.sql<{ id: string }[]>`select id from artifact where lost_reason is null
        and organization_id = ${tenant.organizationId} order by random() limit 1`,
    );
  }

  async #read(client: Client, id: string): Promise<void> {
    const path = `/artifacts/${id}/content`;
    const at = Date.now();
    const began = performance.now();
    const base = { path: `/api/v1${path}`, at, retryAfter: null, status: null };
    const { answers, reads } = this.#lab.ledger;
    try {
      const response = await client.send("GET", path);
      const { status } = response;
      const retryAfter = response.headers.get("retry-after");
      answers.push({ ...base, ms: performance.now() - began, status, retryAfter, error: null });
      const bytes = await response.bytes().catch(() => null);
      const sha256 = bytes && createHash("sha256").update(bytes).digest("hex");
      if (status !== 429)
        reads.push({ artifactId: id, status, sha256, promised: response.headers.get("etag") });
    } catch (error) {
      answers.push({ ...base, ms: performance.now() - began, error: String(error) });
    }
  }
}
