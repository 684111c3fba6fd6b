import type { MiddlewareHandler } from "hono";
import { AppError } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import { viewLimits } from "../../db/domain/live-view.ts";
import type { AppDeps, AppEnv } from "../deps.ts";

/** These wait for the page under test, for as long as their verb says. */
const asksPage = /^\/api\/v1\/executions\/[^/]+\/(?:try|pick|highlight)$|^\/test-cases\/[^/]+\/try\/[^/]+$/;

/**
 * Answers 503 when nothing else has by its time: whatever is away, and whoever waits for it inside, nobody hangs. What is
 * still underway then is not committed (`ctx.signal`). The time that a client takes to send its body is its own.
 */
export function deadline({ isReceived }: Pick<AppDeps, "isReceived">): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const patienceMs = limits.answerMs + (asksPage.test(c.req.path) ? viewLimits.answerMs : 0);
    const late = new AbortController();
    c.set("signal", late.signal);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isLate = new Promise<never>((_, reject) => {
      const expire = () => {
        if (!isReceived(c.env)) {
          timer = setTimeout(expire, patienceMs);
          return;
        }
        const error = tooLate();
        late.abort(error);
        reject(error);
      };
      timer = setTimeout(expire, patienceMs);
    });
    const answered = next();
    // It goes on by itself, and what becomes of it nobody wants to know any more.
    answered.catch(() => undefined);
    try {
      await Promise.race([answered, isLate]);
    } finally {
      clearTimeout(timer);
    }
  };
}

function tooLate(): AppError {
  return new AppError("unavailable", "there was no answer in time; try again in a moment", {
    retryAfterSeconds: 2,
  });
}
