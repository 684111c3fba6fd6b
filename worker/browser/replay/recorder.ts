import { record } from "rrweb";
import { type PageRecorder, type RecorderEnd, recorderLimits } from "./contract.ts";
import { Drift } from "./drift.ts";
import { Sayer } from "./sayer.ts";

declare global {
  var __verdictReplay: PageRecorder | undefined;
}

/** What stands where the value of a field was not to be said. Its length says nothing of the value's. */
const hidden = "•••";
const everyField = [
  ...["color", "date", "datetime-local", "email", "hidden", "month", "number", "password", "range", "search"],
  ...["tel", "text", "textarea", "time", "url", "week"],
];
const takes = ["beforeinput", "input", "change"];

if (!globalThis.__verdictReplay && !isBlank()) {
  // A frame of the same origin is recorded by the document around it.
  if (isSeenByParent()) tellParent();
  else globalThis.__verdictReplay = startRecorder();
}

function isSeenByParent(): boolean {
  try {
    return window.parent !== window && window.frameElement !== null;
  } catch {
    return false;
  }
}

/** The page that every tab begins with. */
function isBlank(): boolean {
  return window.parent === window && window.opener === null && location.href === "about:blank";
}

function tellParent(): void {
  const tell = (event: Event) => recorderAround()?.took(event);
  for (const type of takes) addEventListener(type, tell, true);
}

function recorderAround(): PageRecorder | undefined {
  let around: Window & typeof globalThis = window;
  while (around.frameElement) {
    around = around.parent as Window & typeof globalThis;
    if (around.__verdictReplay) return around.__verdictReplay;
  }
  return undefined;
}

function startRecorder(): PageRecorder {
  const said = new Sayer();
  const secretFields = new WeakSet<EventTarget>();
  let isSecretive = false;
  let stopRecording: (() => void) | undefined;
  let drift: Drift | null = null;
  let driftTimer: ReturnType<typeof setInterval> | undefined;

  const end = (reason: RecorderEnd | null) => {
    clearInterval(driftTimer);
    said.end(reason);
    // rrweb may be in the middle of its own work.
    queueMicrotask(() => stopRecording?.());
  };

  const isTooLarge = () => document.getElementsByTagName("*").length > recorderLimits.elementsMax;

  const mask = (text: string, element: HTMLElement) => {
    if (text === "") return text;
    const { type } = element as HTMLInputElement;
    const wasPassword = element.hasAttribute("data-rr-is-password");
    const isSecret = type === "password" || type === "hidden" || wasPassword || secretFields.has(element);
    return isSecret ? hidden : text;
  };

  const start = () => {
    if (said.isOver) return;
    keepOutFrames();
    if (isTooLarge()) return end("too-many-elements");
    stopRecording = record({
      emit: (event) => {
        if (!said.say(event)) end("too-much");
      },
      slimDOMOptions: "all",
      sampling: { mousemove: 50, scroll: 100 },
      maskInputOptions: Object.fromEntries(everyField.map((name) => [name, true])),
      maskInputFn: mask,
      // What goes wrong in recording must not show in the console of the page.
      errorHandler: () => true,
    });
    drift = new Drift();
    let snapshots = 0;
    driftTimer = setInterval(() => {
      if (isTooLarge()) end("too-many-elements");
      else if (drift?.found() && ++snapshots <= recorderLimits.driftSnapshotsMax) recorder.snapshot();
    }, recorderLimits.driftMs);
  };

  const recorder: PageRecorder = {
    document: said.document,
    flush: () => {
      if (drift?.found()) recorder.snapshot();
      said.flush();
    },
    secretive: (isOn) => {
      isSecretive = isOn;
    },
    took: (event) => {
      const [target] = event.composedPath();
      if (!target) return;
      if (isSecretive) secretFields.add(target);
      drift?.saw(target);
    },
    idOf: (element) => record.mirror.getId(element),
    snapshot: () => {
      if (!said.isOver && stopRecording && !isTooLarge()) record.takeFullSnapshot();
    },
    stop: () => end(null),
  };
  // On the window, so before rrweb's own listeners, which are on the document.
  for (const type of takes) addEventListener(type, recorder.took, true);
  // When a document hides for good its session has often gone to the next one already; before it leaves, it has not.
  for (const type of ["beforeunload", "pagehide"]) addEventListener(type, () => said.flush(), true);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start, { once: true });
  else start();
  return recorder;
}

/**
 * rrweb looks for prototypes that no page has touched in a frame that it puts into the page, and mistakes two methods of
 * elements for getters, so it does that in every document. The prototypes of this world are nobody's but ours: refused a
 * frame, rrweb takes them. The page's own world has a `document` of its own and is not touched.
 */
function keepOutFrames(): void {
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    if (name === "iframe") throw new Error("the recorder puts nothing into a page");
    return create(name, options);
  }) as typeof document.createElement;
}
