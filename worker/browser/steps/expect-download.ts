import type { StepOf } from "../../../db/domain/steps/index.ts";
import { matchesAddress } from "../address.ts";
import type { Download } from "../downloads.ts";
import { StepFailure } from "../failure.ts";
import { matchInPage } from "../script.ts";
import type { StepBehaviour, StepContext } from "./behaviour.ts";

type Step = StepOf<"expectDownload">;

export const expectDownload: StepBehaviour<"expectDownload"> = async (context, step) => {
  const { browser, deadline } = context;
  const { witness, downloads } = browser;
  const recent = () => downloads.all.filter(({ at }) => at >= witness.actedAt);
  if (step.not) return expectNone(context, recent);
  for (;;) {
    const isOver = deadline.isOver;
    for (const download of recent()) if ((await whyNot(context, step, download)) === null) return {};
    if (isOver) break;
    await witness.until(
      () => (recent().some(({ state }) => state !== "running") ? true : null),
      deadline.within(100),
    );
    await deadline.sleep(20);
  }
  const lines: string[] = [];
  for (const download of recent())
    lines.push(`${download.fileName}: ${await whyNot(context, step, download)}`);
  const [first] = lines;
  const got =
    lines.length === 0
      ? "none came"
      : lines.length === 1
        ? `got ${first}`
        : `got ${lines.length}, none like it`;
  throw new StepFailure(
    "assertion-failed",
    `expected a download${step.fileName === undefined ? "" : ` "${step.fileName}"`}, ${got} (waited ${deadline.timeoutMs} ms)`,
    lines.length > 1 ? lines.join("\n") : null,
  );
};

async function expectNone({ browser, deadline }: StepContext, recent: () => Download[]) {
  // What a click has set off begins within moments.
  const found = await browser.witness.until(() => recent()[0] ?? null, deadline.within(500));
  if (!found) return {};
  throw new StepFailure("assertion-failed", `expected no download, but ${found.fileName} came`);
}

/** Why the file is not what is expected; null when it is. */
async function whyNot(
  { browser, deadline }: StepContext,
  step: Step,
  download: Download,
): Promise<string | null> {
  if (step.fileName !== undefined && !isNamed(step.fileName, download.fileName)) return "it has another name";
  if (download.state === "running") return `it was still on its way, with ${download.receivedBytes} bytes`;
  if (download.state !== "done" || download.bytes === null) return `it was ${download.state}`;
  const size = download.bytes.byteLength;
  if (step.sizeBytes !== undefined && size !== step.sizeBytes)
    return `it has ${size} bytes, not ${step.sizeBytes}`;
  if (step.minBytes !== undefined && size < step.minBytes)
    return `it has ${size} bytes, fewer than ${step.minBytes}`;
  if (step.text === undefined) return null;
  const text = new TextDecoder().decode(download.bytes);
  if (step.match === "regex") {
    const found = await matchInPage(browser.tab, step.text, text.slice(0, 100_000), deadline);
    return found === null ? `/${step.text}/ does not match its text` : null;
  }
  const isMet = step.match === "exact" ? text === step.text : text.includes(step.text);
  return isMet ? null : `its text is "${text.slice(0, 300)}"`;
}

function isNamed(pattern: string, name: string): boolean {
  return pattern.includes("*") ? matchesAddress(pattern, name) : name === pattern;
}
