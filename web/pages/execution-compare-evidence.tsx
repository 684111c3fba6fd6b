import type { ComparedLine, ExecutionComparison, OnlyInOne } from "../../db/domain/comparison.ts";
import { pathWords } from "../../db/domain/step-tree.ts";
import { Icon } from "../parts/icon.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";

/** The two pictures of one step, beside each other and one over the other. */
export function Pictures({ comparison, row }: { comparison: ExecutionComparison; row: number }) {
  const { here, base } = comparison.steps[row] ?? { here: null, base: null };
  if (!here) return null;
  const [after, before] = [here.screenshotId, base?.screenshotId ?? null];
  const url = (id: string) => `/api/v1/artifacts/${id}/content`;
  const title = visibleText(`Step ${pathWords(here.path)}: ${here.title}`);
  return (
    <section class="section" id="pictures" aria-labelledby="pictures-title">
      <h2 id="pictures-title">
        Step {pathWords(here.path)}: <Text of={here.title} />
      </h2>
      {after && before ? (
        <div class="slider panel" data-slider hidden>
          <img src={url(before)} alt={`Base. ${title}`} />
          <img class="slider-over" src={url(after)} alt={`This one. ${title}`} />
          <label class="slider-range">
            <span>Base</span>
            <input
              type="range"
              min={0}
              max={100}
              value="50"
              aria-label="Where the base ends and this one begins"
            />
            <span>This one</span>
          </label>
        </div>
      ) : null}
      <div class="beside">
        <Beside title="Base" url={before && url(before)} alt={`Base. ${title}`} />
        <Beside title="This one" url={after && url(after)} alt={`This one. ${title}`} />
      </div>
    </section>
  );
}

export function Beside({ title, url, alt }: { title: string; url: string | null; alt: string }) {
  return (
    <figure class="panel">
      <figcaption class="panel-head">{title}</figcaption>
      {url ? (
        <a href={url} target="_blank" rel="noopener">
          <img src={url} loading="lazy" decoding="async" alt={alt} />
        </a>
      ) : (
        <p class="no-picture">
          <Icon name="camera" />
          No picture of this step
        </p>
      )}
    </figure>
  );
}

/** What only one of the two said. */
export function Only({ title, only }: { title: string; only: OnlyInOne }) {
  const isSame = only.onlyHere.length + only.onlyBase.length === 0;
  return (
    <section class="panel" aria-label={title}>
      <h2 class="panel-head">{title}</h2>
      {isSame ? <p class="panel-pad dim">No difference.</p> : null}
      <OnlyLines title="Only in this one" lines={only.onlyHere} tone="failed" />
      <OnlyLines title="Only in the base" lines={only.onlyBase} tone="quiet" />
      {only.cut ? <p class="panel-pad dim">There was more than is compared and listed here.</p> : null}
    </section>
  );
}

function OnlyLines({ title, lines, tone }: { title: string; lines: readonly ComparedLine[]; tone: string }) {
  if (lines.length === 0) return null;
  return (
    <>
      <h3 class={`panel-pad-tight tone t-${tone}`}>
        {title} ({lines.length})
      </h3>
      <ul class="only">
        {lines.map(({ level, text, count }) => (
          <li>
            <span class="dim">{level}</span> <Text of={text} />{" "}
            {count > 1 ? <span class="chip">×{count}</span> : null}
          </li>
        ))}
      </ul>
    </>
  );
}
