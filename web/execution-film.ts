import type { LogItem } from "../db/domain/events.ts";
import type { Artifact } from "../db/domain/resources.ts";

/** The film of an attempt, or the pictures that it is made of. */
export type FilmView = {
  /** When its first picture was made, in milliseconds from the start of the attempt. */
  fromMs: number;
  video: Artifact | null;
  frames: Artifact | null;
  captions: Artifact | null;
  /** Why there is no film but pictures; null while it is being made. */
  reason: string | null;
};

/** Null where nothing can be played. */
export function filmOf(
  files: readonly Artifact[],
  events: readonly LogItem[],
  startedAt: number,
): FilmView | null {
  const kept = (kind: Artifact["kind"]) =>
    files.find((file) => file.kind === kind && file.lostReason === null) ?? null;
  const [video, frames] = [kept("video"), kept("frames")];
  if (!video && !frames) return null;
  const from = events.flatMap((event) => (event.type === "artifact" ? (event.from ?? []) : [])).at(-1);
  const reason = files.find(({ kind }) => kind === "video")?.lostReason ?? null;
  const fromMs = Math.max(0, (from ?? startedAt) - startedAt);
  return { fromMs, video, frames, captions: kept("captions"), reason };
}
