import type { SnapshotState, SnapshotVariant } from "../../db/domain/snapshots.ts";
import { browserTitles } from "../../db/domain/steps/definition.ts";
import { formatCount } from "./figures.ts";
import { Icon, type IconName } from "./icon.tsx";
import type { Tone } from "./status.tsx";

/** What a picture depends on besides its name, in words. */
export function variantWords({ browser, width, height, scale, mobile, platform }: SnapshotVariant): string {
  const size = `${width} × ${height}${scale === 1 ? "" : ` at ${scale}×`}`;
  return `${browserTitles[browser]} ${size}${mobile ? " mobile" : ""}, ${platform}`;
}

type Found = { result: "new" | "different"; pixels: number | null; ratio: number | null };

/** What was found of a picture: that it is new, or how much differs. */
export function foundWords({ result, pixels, ratio }: Found): string {
  if (result === "new") return "new";
  return pixels === null ? "different" : `${formatCount(pixels)} px differ, ${percentWords(ratio ?? 0)}`;
}

function percentWords(ratio: number): string {
  const percents = ratio * 100;
  if (percents > 0 && percents < 0.01) return "under 0.01 %";
  return `${Number(percents.toFixed(percents < 1 ? 2 : 1))} %`;
}

const looks = {
  waiting: ["flaky", "pending", "waits for approval"],
  approved: ["passed", "passed", "approved"],
  rejected: ["failed", "failed", "rejected"],
  outdated: ["quiet", "deprecated", "out of date"],
} as const satisfies Record<SnapshotState, readonly [Tone, IconName, string]>;

/** Colour, icon and word. */
export function SnapshotStatus({ of, pill = false }: { of: SnapshotState; pill?: boolean }) {
  const [tone, icon, word] = looks[of];
  return (
    <span class={`status t-${tone}${pill ? " status-pill" : ""}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}

/** Where the picture itself is read. */
export function artifactPath(artifactId: string): string {
  return `/api/v1/artifacts/${artifactId}/content`;
}

export function baselinePath(projectId: string, baselineId: string): string {
  return `/api/v1/projects/${projectId}/baselines/${baselineId}/content`;
}

/** A small picture in a list; what it shows is said beside it. */
export function Thumb({ src }: { src: string | null }) {
  return (
    <span class="thumb">
      {src ? <img src={src} alt="" loading="lazy" decoding="async" /> : <Icon name="camera" />}
    </span>
  );
}
