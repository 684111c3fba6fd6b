import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, CDPSession, Page } from "puppeteer";
import puppeteer from "puppeteer";
import { parseLocator } from "../../../db/domain/locators.ts";
import { pageScript } from "../page/bundle.ts";
import type { Act, PageReply, PageRequest, Want } from "../page/contract.ts";

/** A page in a real headless browser with the engine in an isolated world, served from a host of its own. */
export type PageHarness = {
  page: Page;
  /** Opens a document with this body (or a whole document) at the path. */
  open(html: string, path?: string): Promise<void>;
  run(request: PageRequest): Promise<PageReply>;
  /** Runs a script in the engine's world. */
  inWorld<T>(expression: string): Promise<T>;
  close(): Promise<void>;
};

const installedNames = [
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chrome-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** @throws when no browser is found; it says how to name one. */
async function findBrowser(): Promise<string> {
  const named = process.env.PUPPETEER_EXECUTABLE_PATH;
  if (named) return named;
  const cached = await Promise.resolve(puppeteer.executablePath()).catch(() => "");
  const path = [...installedNames, cached].find((candidate) => candidate !== "" && existsSync(candidate));
  if (!path) throw new Error("no browser is installed; set PUPPETEER_EXECUTABLE_PATH to one");
  return path;
}

/** Starts a browser of its own; `close` leaves nothing of it behind. */
export async function openPageHarness(): Promise<PageHarness> {
  const profile = await mkdtemp(join(tmpdir(), "verdict-page-"));
  const executablePath = await findBrowser();
  const browser: Browser = await puppeteer.launch({
    executablePath,
    headless: executablePath.includes("headless-shell") ? "shell" : true,
    userDataDir: profile,
    pipe: true,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  let html = "";
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const page = await browser.newPage();
  await page.setViewport({ width: 800, height: 600 });
  const session = await page.createCDPSession();
  let contextId = 0;
  const evaluate = <T>(expression: string) => evaluateIn<T>(session, contextId, expression);
  return {
    page,
    async open(body, path = "/") {
      html = /^\s*<!doctype/i.test(body) ? body : `<!doctype html><title>Fixture</title><body>${body}</body>`;
      await page.goto(origin + path);
      const { frameTree } = await session.send("Page.getFrameTree");
      const world = await session.send("Page.createIsolatedWorld", {
        frameId: frameTree.frame.id,
        worldName: "verdict-test",
      });
      contextId = world.executionContextId;
      await evaluate(pageScript());
    },
    run: (request) => evaluate<PageReply>(`__verdict.run(${JSON.stringify(request)})`),
    inWorld: evaluate,
    async close() {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function evaluateIn<T>(session: CDPSession, contextId: number, expression: string): Promise<T> {
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
    expression,
    contextId,
    awaitPromise: true,
    returnByValue: true,
  });
  if (exceptionDetails) {
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }
  return result.value as T;
}

/** A request as the thread makes it. */
export function requestOf(target: string | string[], want: Want, timeoutMs = 2_000): PageRequest {
  const sources = typeof target === "string" ? [target] : target;
  const locators = sources.map((source, index) => ({ index, source, parts: parseLocator(source).parts }));
  return { locators, want, timeoutMs };
}

export function actWant(act: Act, position: { x: number; y: number } | null = null): Want {
  return { kind: "act", act, position };
}

/** The reply, which must be a success. */
export function succeeded(reply: PageReply): Extract<PageReply, { ok: true }> {
  if (!reply.ok)
    assert.fail(`${reply.failure.code}: ${reply.failure.message}\n${reply.failure.detail ?? ""}`);
  return reply;
}

/** The failure in the reply, which must be of this code. */
export function failedWith(reply: PageReply, code: string): { message: string; detail: string } {
  if (reply.ok) assert.fail(`expected ${code}, but it went well: ${JSON.stringify(reply)}`);
  assert.equal(reply.failure.code, code, `${reply.failure.message}\n${reply.failure.detail}`);
  return { message: reply.failure.message, detail: reply.failure.detail ?? "" };
}
