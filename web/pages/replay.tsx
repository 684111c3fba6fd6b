import type { AssetUrl, Theme } from "../layout.tsx";
import { Note } from "../parts/bits.tsx";
import { formatDuration } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { LogRow } from "../parts/log-row.tsx";
import { StatusIcon } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";
import type { ReplayStep, ReplayView } from "../replay-view.ts";

type Props = { view: ReplayView; at: number | null; asset: AssetUrl; theme: Theme };

/**
 * The player of a recording, a document of its own: it is shown in a frame of the page of an execution, or alone, and has a
 * policy of its own under which nothing of the recorded pages can run or load.
 */
export function ReplayPage({ view, at, asset, theme }: Props) {
  const { execution, attempt, recording } = view;
  return (
    <html lang="en" data-theme={theme === "auto" ? undefined : theme}>
      <head>
        <meta charset="utf-8" />
        <title>{`${visibleText(`Replay: ${execution.testCaseName}`)} · Verdict`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={asset("app.css")} />
        <link rel="stylesheet" href={asset("vendor/rrweb.css")} />
        <link rel="stylesheet" href={asset("replay.css")} />
        {recording ? <script src={asset("vendor/rrweb.js")} defer /> : null}
        {recording ? <script type="module" src={asset("replay.js")} /> : null}
      </head>
      <body class="replay-body">
        {recording ? (
          <main
            class="replay"
            data-replay={recording.url}
            data-replay-at={at === null ? undefined : String(at)}
          >
            <h1 class="sr">
              Replay of attempt {attempt} of <Text of={execution.testCaseName} />
            </h1>
            <Stage />
            <Controls />
            <Beside view={view} />
          </main>
        ) : (
          <main class="replay-none">
            <h1 class="sr">Replay</h1>
            <Note tone="quiet" title="No replay was kept of this attempt.">
              <p>The evidence setting of the project, or of the run, says of which attempts one is kept.</p>
            </Note>
          </main>
        )}
      </body>
    </html>
  );
}

/** Where the recorded page is built, in a frame without scripts that `replay.js` makes. */
function Stage() {
  return (
    <section class="replay-stage" aria-label="The recorded page">
      <p class="replay-url mono dim" data-replay-url />
      <div class="replay-view" data-replay-view>
        <p class="replay-loading dim" data-replay-state role="status">
          Loading the recording
        </p>
      </div>
      <p class="replay-cut small" data-replay-cut hidden />
    </section>
  );
}

function Controls() {
  return (
    <section class="replay-controls" aria-label="Player">
      <button class="btn btn-icon" type="button" data-replay-do="previous" title="Previous step (k)" disabled>
        <Icon name="left" />
        <span class="sr">Previous step</span>
      </button>
      <button class="btn btn-primary replay-play" type="button" data-replay-do="play" title="Space" disabled>
        Play
      </button>
      <button class="btn btn-icon" type="button" data-replay-do="next" title="Next step (j)" disabled>
        <Icon name="right" />
        <span class="sr">Next step</span>
      </button>
      <input
        class="replay-scrub"
        type="range"
        min="0"
        max="0"
        step="1"
        value="0"
        aria-label="Time in the recording, in milliseconds"
        data-replay-scrub
        disabled
      />
      <output class="replay-time mono" data-replay-time>
        0.0 s
      </output>
      <label class="sr" for="replay-speed">
        Speed
      </label>
      <select class="select" id="replay-speed" data-replay-speed>
        {["0.25", "0.5", "1", "2", "4", "8"].map((speed) => (
          <option value={speed} selected={speed === "1"}>
            {speed}×
          </option>
        ))}
      </select>
      <label class="sr" for="replay-tab">
        Tab
      </label>
      <select class="select" id="replay-tab" data-replay-tab hidden />
    </section>
  );
}

function Beside({ view }: { view: ReplayView }) {
  return (
    <div class="replay-beside">
      <section aria-labelledby="replay-steps">
        <h2 id="replay-steps">Steps</h2>
        <ol class="replay-list" data-replay-steps>
          {view.steps.map((step) => (
            <Step step={step} />
          ))}
        </ol>
      </section>
      <section aria-labelledby="replay-lines">
        <h2 id="replay-lines">Console and network</h2>
        {view.lines.length === 0 ? (
          <p class="dim small">The pages said nothing, and no request failed.</p>
        ) : null}
        <ol class="log replay-list" data-replay-lines>
          {view.lines.map((item) => (
            <LogRow item={item} />
          ))}
        </ol>
        {view.isCut ? <p class="dim small">The log has more; it is on the page of the execution.</p> : null}
      </section>
    </div>
  );
}

function Step({ step }: { step: ReplayStep }) {
  const { number, depth, title, status, startedAt, endedAt } = step;
  return (
    <li class={`replay-step replay-depth-${Math.min(depth, 5)}`}>
      <button
        type="button"
        class="replay-step-button"
        data-replay-from={String(startedAt)}
        data-replay-to={endedAt === null ? undefined : String(endedAt)}
      >
        <StatusIcon of={status} />
        <span class="replay-step-title">
          {depth === 0 ? `${number} ` : ""}
          <Text of={title} />
        </span>
        {endedAt === null ? null : <span class="dim nowrap">{formatDuration(endedAt - startedAt)}</span>}
      </button>
    </li>
  );
}
