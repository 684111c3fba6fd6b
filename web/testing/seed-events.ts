import type { EventBody, Failure } from "../../db/domain/events.ts";
import type { ExecutionStatus } from "../../db/domain/states.ts";
import { hostile } from "./seed-texts.ts";

export function failureOf(status: ExecutionStatus, testCase: number): Failure | null {
  if (status === "error") {
    return {
      code: "browser-lost",
      message: "The browser was gone: net::ERR_NAME_NOT_RESOLVED at https://staging.shop.example.com/",
      detail: null,
      step: 0,
    };
  }
  if (status !== "failed") return null;
  if (testCase === 1) return { code: "not-found", message: hostile, detail: hostile.repeat(3), step: 7 };
  return {
    code: "text",
    message:
      'expected text "Thank you for your order" in role=heading[level=1], but it was "Your card was declined"',
    detail:
      'waited 5000 ms\n  role=heading[level=1] matched 1 element\n  <h1 class="title">Your card was declined</h1>\n  seen 21 times, always the same',
    step: 7,
  };
}

/** What pages do beside the steps. */
export function surprises(step: number): EventBody[] {
  if (step === 0) return [{ type: "navigation", url: "https://staging.shop.example.com/" }];
  if (step === 2) {
    return [
      {
        type: "console",
        level: "warning",
        text: "Deprecated: <marquee> is not what it was",
        url: "https://staging.shop.example.com/app.js",
        line: 812,
      },
      { type: "console", level: "info", text: "cart loaded {items: 3}", url: null, line: null },
      { type: "variable-set", name: "orderId", value: "A-1042" },
    ];
  }
  if (step === 5) {
    return [
      {
        type: "request-failed",
        method: "POST",
        url: "https://staging.shop.example.com/api/pay",
        resourceType: "fetch",
        reason: "HTTP 500",
        status: 500,
      },
      {
        type: "page-error",
        message: `TypeError: ${hostile}`,
        stack: "TypeError: x is undefined\n    at pay (app.js:12:4)\n    at click (app.js:80:2)",
      },
      { type: "dialog", kind: "confirm", message: "Really pay?", action: "accepted" },
      { type: "log", level: "debug", text: "scrolled into view" },
    ];
  }
  return [];
}
