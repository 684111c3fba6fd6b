import { bind } from "../bindings.ts";
import { type FirefoxSession, navigationBinding } from "../session.ts";
import { nothing, type Table } from "./table.ts";

/** Says, before a document is left for another one, that it will be: Firefox itself tells it too late for the next step. */
const leaving = `(say) => {
  if (window.parent !== window) return;
  globalThis.navigation?.addEventListener("navigate", (event) => {
    if (!event.destination.sameDocument && event.downloadRequest === null) say("");
  });
}`;

async function enable(session: FirefoxSession): Promise<void> {
  await bind(session, navigationBinding, leaving, "verdict-leaving");
}

export const pageCommands: Table<
  | "Inspector.enable"
  | "Log.enable"
  | "Page.addScriptToEvaluateOnNewDocument"
  | "Page.bringToFront"
  | "Page.captureScreenshot"
  | "Page.createIsolatedWorld"
  | "Page.enable"
  | "Page.getFrameTree"
  | "Page.getLayoutMetrics"
  | "Page.handleJavaScriptDialog"
  | "Page.navigate"
  | "Page.reload"
  | "Page.removeScriptToEvaluateOnNewDocument"
  | "Page.screencastFrameAck"
  | "Page.startScreencast"
  | "Page.stopLoading"
  | "Page.stopScreencast"
  | "Runtime.addBinding"
  | "Target.setAutoAttach"
> = {
  "Inspector.enable": nothing,
  "Log.enable": nothing,
  "Target.setAutoAttach": nothing,
  "Page.enable": enable,
  "Page.getFrameTree": async ({ page }) => ({
    frameTree: { frame: { id: page.id, loaderId: "", url: page.url() } },
  }),
  "Page.addScriptToEvaluateOnNewDocument": async ({ page, connection }, params) => {
    const { source, worldName, runImmediately = false } = params;
    const declaration = `() => {\n${source}\n}`;
    const identifier = await page.context.scripts.add(declaration, worldName);
    if (!runImmediately) return { identifier };
    const runs = [...page.frames.keys()].map((context) =>
      connection.send("script.callFunction", {
        functionDeclaration: declaration,
        target: { context, ...(worldName === undefined ? {} : { sandbox: worldName }) },
        awaitPromise: false,
      }),
    );
    await Promise.allSettled(runs);
    return { identifier };
  },
  "Page.removeScriptToEvaluateOnNewDocument": ({ page }, { identifier }) =>
    page.context.scripts.remove(identifier),
  "Runtime.addBinding": (session, { name, executionContextName }) =>
    bind(
      session,
      name,
      `(say) => { globalThis[${JSON.stringify(name)}] = (text) => say(String(text)); }`,
      executionContextName,
    ),
  "Page.createIsolatedWorld": ({ connection }, { frameId, worldName = "" }) =>
    connection.send("script.evaluate", {
      expression: "0",
      target: { context: frameId, sandbox: worldName },
      awaitPromise: false,
    }),
  "Page.bringToFront": async ({ page, connection }) => {
    await connection.send("browsingContext.activate", { context: page.id });
  },
  "Page.navigate": ({ moves }, { url }) => moves.go(url),
  "Page.reload": ({ moves }) => moves.again(),
  "Page.stopLoading": async ({ page, connection }) => {
    await connection.send("script.evaluate", {
      expression: "window.stop()",
      target: { context: page.id },
      awaitPromise: false,
    });
  },
  "Page.handleJavaScriptDialog": ({ dialogs }, { accept, promptText }) => dialogs.answer(accept, promptText),
  "Page.getLayoutMetrics": async ({ page, connection }) => {
    const answer = await connection.send("script.evaluate", {
      expression: `(() => {
        const { scrollWidth, scrollHeight } = document.scrollingElement ?? document.documentElement;
        return JSON.stringify([scrollWidth, scrollHeight, scrollX, scrollY]);
      })()`,
      target: { context: page.id, sandbox: "verdict" },
      awaitPromise: false,
    });
    if (answer.type !== "success" || answer.result.type !== "string")
      throw new Error("target closed: no document");
    const [width = 0, height = 0, pageX = 0, pageY = 0] = JSON.parse(answer.result.value) as number[];
    return { cssContentSize: { width, height }, cssVisualViewport: { pageX, pageY } };
  },
  "Page.captureScreenshot": async ({ page, connection }, params) => {
    const { format = "png", quality, clip, captureBeyondViewport = false } = params;
    const { data } = await connection.send("browsingContext.captureScreenshot", {
      context: page.id,
      origin: captureBeyondViewport ? "document" : "viewport",
      format:
        format === "jpeg" ? { type: "image/jpeg", quality: (quality ?? 80) / 100 } : { type: "image/png" },
      ...(clip
        ? { clip: { type: "box", x: clip.x, y: clip.y, width: clip.width, height: clip.height } }
        : {}),
    });
    return { data };
  },
  "Page.startScreencast": async ({ screencast }, { quality }) => screencast.start(quality),
  "Page.screencastFrameAck": async ({ screencast }) => screencast.answered(),
  "Page.stopScreencast": async ({ screencast }) => screencast.stop(),
};
