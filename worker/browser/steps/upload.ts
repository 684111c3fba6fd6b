import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ResolvedTarget } from "../../../db/domain/events.ts";
import { limits } from "../../../db/domain/limits.ts";
import type { StepOf } from "../../../db/domain/steps/index.ts";
import { asSource } from "../ask.ts";
import type { Session } from "../driver/session.ts";
import { seek } from "../engine.ts";
import { evaluateIn, sendWithin } from "../evaluate.ts";
import { StepFailure } from "../failure.ts";
import { release, releaseObject } from "../frames.ts";
import { actAndSettle } from "../input.ts";
import { actInPage } from "./acting.ts";
import { tokenOf } from "./answers.ts";
import type { StepBehaviour, StepContext, StepResult } from "./behaviour.ts";

export const upload: StepBehaviour<"upload"> = async (context, step) => {
  const { browser, deadline, index } = context;
  const { tab } = browser;
  // The browser would tell the type by the name; and one that runs elsewhere has no files of ours.
  if (browser.isElsewhere || step.files.some(({ mimeType }) => mimeType !== undefined)) {
    return giveInPage(context, step);
  }
  const files = await writeFiles(join(await browser.folder(), `step-${index}`), step.files);
  const want = { kind: "act", act: { type: "fileInput", files: files.length }, position: null } as const;
  const found = await seek(tab, step.target, want, deadline);
  const realm = await tab.documents.realm("engine", found.place.frameId, deadline);
  const source = `__verdict.elements.get(${asSource(tokenOf(found.answer))})`;
  const element = await evaluateIn(realm, source, deadline, { returnByValue: false });
  if (element.gone || !element.result.objectId) {
    throw new StepFailure("target-not-found", "the file field went away before it got its files");
  }
  const { objectId } = element.result;
  await actAndSettle(tab, deadline, () => sendWithin(deadline, give(realm.session, objectId, files)));
  releaseObject(realm.session, objectId);
  release(found.place);
  return { target: found.target };
};

/** Files whose type is said: made in the page itself. */
async function giveInPage(context: StepContext, step: StepOf<"upload">): Promise<StepResult> {
  let bytes = 0;
  const files = step.files.map(({ name, content, encoding, mimeType }) => {
    const buffer = Buffer.from(content, encoding ?? "utf8");
    bytes += buffer.byteLength;
    return { name: safeName(name), mimeType: mimeType ?? "", base64: buffer.toString("base64") };
  });
  if (bytes > limits.uploadBytesMax) throw tooLarge();
  let target: ResolvedTarget | null = null;
  await actAndSettle(context.browser.tab, context.deadline, async () => {
    ({ target } = await actInPage(context, step.target, { type: "giveFiles", files }));
  });
  return { target };
}

async function give(session: Session, objectId: string, files: string[]): Promise<void> {
  if (files.length === 0) {
    // Chromium takes an empty list for nothing to do.
    await session.send("Runtime.callFunctionOn", { objectId, functionDeclaration: clearing });
    return;
  }
  await session.send("DOM.setFileInputFiles", { files, objectId });
}

const clearing = `function () {
  if (this.value === "") return;
  this.value = "";
  this.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
  this.dispatchEvent(new Event("change", { bubbles: true }));
}`;

/** Each in a folder of its own, so that two may have the same name. Chromium tells the type by the name. */
async function writeFiles(folder: string, files: StepOf<"upload">["files"]): Promise<string[]> {
  const paths: string[] = [];
  let total = 0;
  for (const [number, file] of files.entries()) {
    const bytes = Buffer.from(file.content, file.encoding ?? "utf8");
    total += bytes.byteLength;
    if (total > limits.uploadBytesMax) throw tooLarge();
    const own = join(folder, String(number));
    await mkdir(own, { recursive: true });
    const path = join(own, safeName(file.name));
    await writeFile(path, bytes);
    paths.push(path);
  }
  return paths;
}

function tooLarge(): StepFailure {
  return new StepFailure("too-large", `the files have more than ${limits.uploadBytesMax} bytes together`);
}

/** References in a name are replaced only now: what they bring must not lead out of the folder. */
function safeName(name: string): string {
  if (!/[/\\\0]/.test(name) && name !== "." && name !== "..") return name;
  throw new StepFailure("invalid-file-name", `"${name}" is no file name: it must not have a slash`);
}
