import { invalidInput } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import type { Ctx, TxCtx } from "../../db/services/context.ts";
import {
  type Answer,
  type Answered,
  answerAtMostOnce,
  answerOnce,
  mismatch,
  type RequestKey,
  underway,
} from "../../db/services/idempotency.ts";
import type { AppContext } from "../deps.ts";

/**
 * What the key of a request keeps from being done twice. `whole`: all of it is one transaction, with the answer in it.
 * `begun`: it waits for a worker in between. `never`: its answers are secrets and are not stored; the key means nothing.
 */
export type OnceMode = "whole" | "begun" | "never";

type Work = (ctx: Ctx | TxCtx) => Promise<Answer>;
type Twin = { requestHash: string; answer: Promise<Answered> };

/**
 * Requests with an `Idempotency-Key`. Those that come to this process while the first one with their key is under way wait for
 * its answer here and hold no connection; those of other processes wait in the database, one of each process.
 */
export class Once {
  readonly #underway = new Map<string, Twin>();

  /** @throws AppError as `answerOnce`, and what `work` throws */
  async answer(ctx: Ctx, request: RequestKey, mode: "whole" | "begun", work: Work): Promise<Answered> {
    const owner = ctx.actor.kind === "user" ? ctx.actor.userId : "";
    const name = `${owner} ${request.key}`;
    const end = performance.now() + limits.keyWaitMs;
    for (let first = this.#underway.get(name); first; first = this.#underway.get(name)) {
      if (first.requestHash !== request.requestHash) throw mismatch();
      const answer = await settled(first.answer, end - performance.now());
      if (answer !== "failed") return { ...answer, isRepeated: true };
    }
    const answer = mode === "whole" ? answerOnce(ctx, request, work) : answerAtMostOnce(ctx, request, work);
    const mine = { requestHash: request.requestHash, answer };
    this.#underway.set(name, mine);
    try {
      return await answer;
    } finally {
      this.#underway.delete(name);
    }
  }
}

/** @throws AppError `idempotency-conflict` when it takes longer */
async function settled(answer: Promise<Answered>, ms: number): Promise<Answered | "failed"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(underway()), ms);
  });
  try {
    return await Promise.race([answer.catch((): "failed" => "failed"), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The key of a request, if it has one. @throws AppError `invalid-input` for one that is none */
export async function requestKeyOf(c: AppContext): Promise<RequestKey | null> {
  const key = c.req.header("Idempotency-Key");
  if (key === undefined) return null;
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw invalidInput([
      { path: "Idempotency-Key", message: "1 to 200 visible ASCII characters without spaces are needed" },
    ]);
  }
  return { key, requestHash: await hashOf(c) };
}

/** What makes two requests the same: method, path, query and body. */
async function hashOf(c: AppContext): Promise<string> {
  const url = new URL(c.req.url);
  const head = new TextEncoder().encode(`${c.req.method} ${url.pathname}${url.search}\n`);
  const body = new Uint8Array(await c.req.arrayBuffer());
  const all = new Uint8Array(head.length + body.length);
  all.set(head);
  all.set(body, head.length);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", all));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
