import type { Deadline } from "./deadline.ts";
import type { Realm } from "./documents.ts";
import { evaluateIn, exceptionText, terminate } from "./evaluate.ts";
import { StepFailure } from "./failure.ts";
import { pageScript } from "./page/bundle.ts";
import type { PageLocator, PageReply, PageRequest, Want } from "./page/contract.ts";
import { type Tab, tabClosed } from "./tab.ts";

/**
 * One request to the engine in a frame, asked again in the next document when a navigation takes the present one away.
 * `frame-gone` (only for frames): the frame has no document and something else may stand in its place.
 */
export async function ask(
  tab: Tab,
  frameId: string,
  locators: PageLocator[],
  want: Want,
  deadline: Deadline,
  isFrame = false,
): Promise<PageReply | "frame-gone"> {
  let answered = false;
  for (;;) {
    if (tab.isClosed) throw tabClosed();
    const realm = await engineRealm(tab, frameId, deadline, isFrame && answered);
    if (realm === null) return "frame-gone";
    const request: PageRequest = {
      locators,
      want,
      timeoutMs: Math.ceil(deadline.remainingMs()),
      statedMs: Math.round(deadline.timeoutMs),
    };
    const evaluated = await evaluateIn(realm, `__verdict.run(${asSource(request)})`, deadline).catch(
      (error: unknown) => {
        if (error instanceof StepFailure && error.code === "page-not-responding") terminate(realm.session);
        throw error;
      },
    );
    if (evaluated.gone) {
      tab.documents.forget(realm);
      answered = true;
      continue;
    }
    if (!evaluated.exception) return evaluated.result.value as PageReply;
    const text = exceptionText(evaluated.exception);
    if (!/__verdict is not defined/.test(text)) throw new Error(`the page engine failed: ${text}`);
    await evaluateIn(realm, pageScript(), deadline);
  }
}

async function engineRealm(
  tab: Tab,
  frameId: string,
  deadline: Deadline,
  isLost: boolean,
): Promise<Realm | null> {
  if (!isLost) return tab.documents.realm("engine", frameId, deadline);
  try {
    return await tab.documents.realm("engine", frameId, deadline.within(300));
  } catch (error) {
    if (error instanceof StepFailure && !deadline.isOver) return null;
    throw error;
  }
}

/** A value as JavaScript source: JSON, whose two line separators old engines took for line ends. */
export function asSource(value: unknown): string {
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}
