import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type Chapter, ffmetadataOf } from "../db/domain/captions.ts";
import type { Film } from "../db/domain/film.ts";
import { limits } from "../db/domain/limits.ts";
import { sizeOf } from "./browser/screenshots.ts";
import { isExecutable } from "./installed-browser.ts";
import { killGroup } from "./processes.ts";
import type { RunFolder } from "./run-folder.ts";

export type Encoded = { bytes: Uint8Array; width: number; height: number } | { reason: string };

/** The longest that one picture stands: a film of a test that waited for hours is none of hours. */
const stillMsMax = 60_000;
const complaintCharsMax = 300;

/** Makes WebM of pictures with ffmpeg, in a process of its own that gives way to everything else. */
export class VideoEncoder {
  readonly #folder: RunFolder;
  readonly #path: string;
  readonly #timeoutMs: number;

  /** @param path folders of programs, as in the environment */
  constructor(folder: RunFolder, path: string, timeoutMs: number = limits.encodeMsMax) {
    this.#folder = folder;
    this.#path = path;
    this.#timeoutMs = timeoutMs;
  }

  /** @returns the film, or why there is none. @throws when the signal aborts or the disk does not take it */
  async encode(film: Film, chapters: readonly Chapter[], signal: AbortSignal): Promise<Encoded> {
    const program = this.#find("ffmpeg");
    if (program === null) return { reason: "no worker that made films has ffmpeg" };
    const folder = await mkdtemp(join(this.#folder.profilesDirectory, "film-"));
    try {
      const size = sizeOf(film.frames[0]?.jpeg ?? new Uint8Array(), "jpeg");
      await writeInput(folder, film, chapters);
      // Even, as the format wants it.
      const [width, height] = [size.width & ~1, size.height & ~1];
      const reason = await this.#run(program, argumentsOf(width, height), folder, signal);
      if (reason !== null) return { reason };
      const bytes = new Uint8Array(await readFile(join(folder, "film.webm")));
      return bytes.byteLength === 0 ? { reason: "ffmpeg made an empty film" } : { bytes, width, height };
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  #find(name: string): string | null {
    const folders = this.#path.split(delimiter).filter((folder) => folder !== "");
    return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
  }

  /** Null when it went well, else what was wrong. Killed with its whole group when it takes too long or is not wanted any more. */
  async #run(program: string, args: string[], cwd: string, signal: AbortSignal): Promise<string | null> {
    signal.throwIfAborted();
    const nice = this.#find("nice");
    const [command, rest] = nice ? [nice, ["-n", "19", program, ...args]] : [program, args];
    const child = spawn(command, rest, { cwd, detached: true, stdio: ["ignore", "ignore", "pipe"] });
    const { pid } = child;
    const exited = once(child, "close").then(([code]) => code as number | null);
    if (pid === undefined) return exited.then(nothing, () => "ffmpeg could not be started");
    this.#folder.noteChild(pid);
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-complaintCharsMax);
    });
    let isLate = false;
    const kill = () => killGroup(pid);
    const timer = setTimeout(() => {
      isLate = true;
      kill();
    }, this.#timeoutMs);
    signal.addEventListener("abort", kill);
    try {
      const code = await exited;
      signal.throwIfAborted();
      if (isLate) return `ffmpeg took longer than ${this.#timeoutMs} ms`;
      return code === 0 ? null : `ffmpeg ended with ${code ?? "a signal"}: ${lastLine(complaint)}`;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", kill);
      this.#folder.forgetChild(pid);
    }
  }
}

function nothing(): null {
  return null;
}

async function writeInput(folder: string, film: Film, chapters: readonly Chapter[]): Promise<void> {
  const lines = ["ffconcat version 1.0"];
  for (const [index, { at, jpeg }] of film.frames.entries()) {
    const name = `${String(index).padStart(6, "0")}.jpg`;
    await writeFile(join(folder, name), jpeg);
    const until = film.frames[index + 1]?.at ?? film.endsAt;
    const seconds = Math.min(stillMsMax, Math.max(1, until - at)) / 1_000;
    lines.push(`file ${name}`, `duration ${seconds.toFixed(3)}`);
  }
  // The last one is named twice, or its duration is not taken.
  lines.push(`file ${String(film.frames.length - 1).padStart(6, "0")}.jpg`);
  await writeFile(join(folder, "film.ffconcat"), `${lines.join("\n")}\n`);
  await writeFile(join(folder, "chapters"), ffmetadataOf(chapters));
}

/** One thread, the fastest way; pictures of another size (another tab, another viewport) are fitted into the first one's. */
function argumentsOf(width: number, height: number): string[] {
  const fit = `scale=${width}:${height}:force_original_aspect_ratio=decrease`;
  return [
    ...["-hide_banner", "-nostdin", "-loglevel", "error", "-y"],
    ...["-protocol_whitelist", "file", "-f", "concat", "-i", "film.ffconcat"],
    ...["-f", "ffmetadata", "-i", "chapters", "-map", "0:v", "-map_metadata", "1", "-map_chapters", "1"],
    ...["-vf", `${fit},pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2,format=yuv420p`, "-vsync", "vfr"],
    ...["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-crf", "24", "-b:v", "1M"],
    ...["-g", "30", "-threads", "1", "-fs", String(limits.artifactBytesMax), "film.webm"],
  ];
}

/** What it complained about, without our folders. */
function lastLine(text: string): string {
  const line = text.trim().split("\n").at(-1) ?? "";
  return line.replace(/\/[^\s:]*/g, "…") || "it did not say why";
}
