import { asSource } from "./ask.ts";
import type { Deadline } from "./deadline.ts";
import type { Realm } from "./documents.ts";
import { evaluateIn, exceptionText, sendWithin, terminate } from "./evaluate.ts";
import { StepFailure } from "./failure.ts";
import { type Tab, tabClosed } from "./tab.ts";

/** What a script of a test may bring back, in characters. */
const resultCharsMax = 100_000;
const pollMs = 50;

/**
 * Runs a script of a test in the page's own world, never here.
 * @returns what it gave, a text as it is and everything else as JSON; null for nothing.
 * @throws StepFailure `script-failed`, `script-result`, `timeout`.
 */
export async function runScript(tab: Tab, script: string, deadline: Deadline): Promise<string | null> {
  const realm = await pageRealm(tab, deadline);
  const body = await asFunction(realm, script, deadline);
  const wrapped = `(async () => {
    const value = await (${body})();
    if (value === undefined) return null;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (text === undefined) throw new TypeError("a " + typeof value + " can't be written as JSON");
    return text.length > ${resultCharsMax} ? { tooLong: text.length } : text;
  })()`;
  const evaluated = await runIn(realm, wrapped, deadline);
  if (evaluated.gone) {
    throw new StepFailure("script-failed", "the page went to another document before the script ended");
  }
  if (evaluated.exception) throw scriptFailed(exceptionText(evaluated.exception));
  const value = evaluated.result.value as string | null | { tooLong: number };
  if (value === null || typeof value === "string") return value;
  throw new StepFailure(
    "script-result",
    `the script gave ${value.tooLong} characters; at most ${resultCharsMax} can be kept`,
  );
}

/**
 * Waits in the page until a condition of a test holds there, over navigations.
 * @throws StepFailure `timeout`, `script-failed`.
 */
export async function runUntilTrue(tab: Tab, script: string, deadline: Deadline): Promise<void> {
  if (await isTrueWithin(tab, script, Number.POSITIVE_INFINITY, deadline)) return;
  throw new StepFailure(
    "timeout",
    `expected ${shown(script)} to become true, but it did not within ${deadline.timeoutMs} ms`,
  );
}

/**
 * Whether a condition of a test becomes true in the page within so many milliseconds; asked once at least.
 * @throws StepFailure `timeout` when the script itself takes longer than the deadline, `script-failed`.
 */
export async function isTrueWithin(
  tab: Tab,
  script: string,
  waitMs: number,
  deadline: Deadline,
): Promise<boolean> {
  const waitEnd = performance.now() + waitMs;
  for (;;) {
    const realm = await pageRealm(tab, deadline);
    const body = await asFunction(realm, script, deadline);
    const wrapped = `(async () => {
      const end = performance.now() + ${Math.ceil(Math.max(0, Math.min(deadline.remainingMs(), waitEnd - performance.now())))};
      for (;;) {
        let value = await (${body})();
        if (typeof value === "function") value = await value();
        if (value) return true;
        if (performance.now() >= end) return false;
        await new Promise((resolve) => setTimeout(resolve, ${pollMs}));
      }
    })()`;
    const evaluated = await runIn(realm, wrapped, deadline);
    if (evaluated.gone) {
      tab.documents.forget(realm);
      continue;
    }
    if (evaluated.exception) throw scriptFailed(exceptionText(evaluated.exception));
    return evaluated.result.value === true;
  }
}

/**
 * The first group of a regular expression in a text, or all that it matches; null when it does not. It runs in the page,
 * whose time is bounded: an expression can take for ever.
 * @throws StepFailure `invalid-pattern`, `timeout`.
 */
export async function matchInPage(
  tab: Tab,
  pattern: string,
  text: string,
  deadline: Deadline,
): Promise<string | null> {
  const realm = await tab.documents.realm("engine", tab.mainFrameId, deadline);
  const source = `(() => {
    const found = new RegExp(${asSource(pattern)}, "su").exec(${asSource(text)});
    return found ? (found[1] ?? found[0]) : null;
  })()`;
  const timeoutMs = Math.max(1, Math.ceil(deadline.remainingMs()));
  const tooLong = new StepFailure(
    "timeout",
    `the pattern /${pattern}/ took longer than ${deadline.timeoutMs} ms`,
  );
  const evaluated = await evaluateIn(realm, source, deadline, { timeoutMs }).catch((error: unknown) => {
    // How the protocol says that an evaluation was stopped at its time-out.
    if (error instanceof Error && /internal error|was terminated/i.test(error.message)) throw tooLong;
    // Where nothing can stop it, its page hangs.
    if (error instanceof StepFailure && error.code === "page-not-responding") {
      terminate(realm.session);
      throw tooLong;
    }
    throw error;
  });
  if (evaluated.gone) throw new StepFailure("script-failed", "the page went to another document");
  if (!evaluated.exception) return evaluated.result.value as string | null;
  const thrown = exceptionText(evaluated.exception);
  if (/SyntaxError/.test(thrown)) {
    throw new StepFailure("invalid-pattern", `/${pattern}/ is no regular expression: ${thrown}`);
  }
  throw tooLong;
}

async function pageRealm(tab: Tab, deadline: Deadline): Promise<Realm> {
  if (tab.isClosed) throw tabClosed();
  return tab.documents.realm("page", tab.mainFrameId, deadline);
}

async function runIn(realm: Realm, source: string, deadline: Deadline) {
  try {
    return await evaluateIn(realm, source, deadline, { userGesture: true });
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    terminate(realm.session);
    throw new StepFailure("timeout", `the script did not end within ${deadline.timeoutMs} ms`);
  }
}

/** An expression, or statements with `return`: whichever the script compiles as. */
async function asFunction(realm: Realm, script: string, deadline: Deadline): Promise<string> {
  const expression = `async () => (\n${script.replace(/;\s*$/, "")}\n)`;
  const fault = await syntaxFault(realm, expression, deadline);
  if (fault === null) return expression;
  const statements = `async () => {\n${script}\n}`;
  const second = await syntaxFault(realm, statements, deadline);
  if (second === null) return statements;
  throw scriptFailed(second);
}

async function syntaxFault(realm: Realm, source: string, deadline: Deadline): Promise<string | null> {
  const { exceptionDetails } = await sendWithin(
    deadline,
    realm.session.send("Runtime.compileScript", {
      expression: `(${source})`,
      sourceURL: "",
      persistScript: false,
    }),
  );
  return exceptionDetails ? exceptionText(exceptionDetails) : null;
}

function scriptFailed(thrown: string): StepFailure {
  return new StepFailure("script-failed", `the script failed: ${thrown}`);
}

function shown(script: string): string {
  const line = script.replace(/\s+/g, " ").trim();
  return `"${line.length > 100 ? `${line.slice(0, 99)}…` : line}"`;
}
