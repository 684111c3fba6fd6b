import type { LogItem } from "./events.ts";
import { oneLine } from "./one-line.ts";
import { pathWords } from "./step-tree.ts";

/** A stretch of a film in which a step ran: milliseconds from the film's first picture. */
export type Chapter = { path: string; depth: number; title: string; fromMs: number; toMs: number };

const chaptersMax = 2_000;
const titleCharsMax = 200;

/** The steps of an attempt on the clock of its film; those before its first picture begin with it. */
export function chaptersOf(
  events: readonly LogItem[],
  { startsAt, endsAt }: { startsAt: number; endsAt: number },
): Chapter[] {
  const open = new Map<string, Chapter>();
  const chapters: Chapter[] = [];
  const began = new Map<string, number>();
  const inFilm = (time: number) => Math.min(endsAt, Math.max(startsAt, time)) - startsAt;
  for (const event of events) {
    if (event.type !== "step-started" && event.type !== "step-finished") continue;
    const path = event.path ?? String(event.step);
    const time = Date.parse(event.at);
    if (event.type === "step-started") {
      if (chapters.length >= chaptersMax) continue;
      const words = pathWords(path);
      const begun = {
        path,
        depth: event.depth ?? 0,
        title: `${words}. ${event.title}`,
        fromMs: inFilm(time),
      };
      const chapter = { ...begun, toMs: endsAt - startsAt };
      open.set(path, chapter);
      began.set(path, time);
      chapters.push(chapter);
      continue;
    }
    const chapter = open.get(path);
    open.delete(path);
    if (!chapter) continue;
    chapter.toMs = inFilm((began.get(path) ?? time) + event.durationMs);
    if (event.failure) chapter.title += ` ✗ ${event.failure.message}`;
  }
  return chapters;
}

/** WebVTT: a cue for each step, its id the way to the step. Whatever a title says, it stays one line of plain text. */
export function webVttOf(chapters: readonly Chapter[]): string {
  const cues = chapters
    .map((chapter) => ({ ...chapter, toMs: Math.max(chapter.toMs, chapter.fromMs + 1) }))
    .map(
      ({ path, fromMs, toMs, title }) =>
        `${path}\n${clock(fromMs)} --> ${clock(toMs)}\n${escaped(oneLine(title, titleCharsMax))}\n`,
    );
  return `WEBVTT\n\n${cues.join("\n")}`;
}

/** The same for the file itself, in the form that ffmpeg reads: steps at the top, one after the other. */
export function ffmetadataOf(chapters: readonly Chapter[]): string {
  const top = chapters.filter(({ depth }) => depth === 0);
  const parts = top.map(({ fromMs, title }, index) => {
    const to = top[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    const end = Math.max(fromMs + 1, Math.min(to, top[index]?.toMs ?? to));
    const text = oneLine(title, titleCharsMax).replace(/[=;#\\]/g, "\\$&");
    return `[CHAPTER]\nTIMEBASE=1/1000\nSTART=${Math.round(fromMs)}\nEND=${Math.round(end)}\ntitle=${text}\n`;
  });
  return `;FFMETADATA1\n${parts.join("")}`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function clock(ms: number): string {
  const whole = Math.round(ms);
  const part = (by: number, of: number, digits: number) =>
    String(Math.floor(whole / by) % of).padStart(digits, "0");
  return `${part(3_600_000, 1_000, 2)}:${part(60_000, 60, 2)}:${part(1_000, 60, 2)}.${part(1, 1_000, 3)}`;
}
