import type { FilmView } from "../execution-film.ts";
import type { ExecutionView } from "../execution-view.ts";
import { Icon } from "../parts/icon.tsx";
import { Text } from "../parts/text.tsx";

/**
 * What can be played of an attempt. `player.js` keeps it in step with the list and the time line: choosing a step seeks,
 * playing goes on from step to step. Times are milliseconds from the start of the attempt.
 */
export function FilmPlayer({ film, view }: { film: FilmView; view: ExecutionView }) {
  const { video, captions } = film;
  return (
    <div
      class="player"
      id={`player-film-${view.attempt}`}
      // What happens meanwhile to the rest of the page does not stop it.
      hx-preserve="true"
      data-player={video ? "video" : "frames"}
      data-player-from={String(film.fromMs)}
      data-player-src={video ? undefined : film.frames?.url}
    >
      {video ? (
        // biome-ignore lint/a11y/useMediaCaption: the captions are the steps, and may not be made yet
        <video
          controls
          preload="auto"
          src={video.url}
          width={video.width ?? undefined}
          height={video.height ?? undefined}
          aria-label="Film of the pages"
        >
          {captions ? (
            <>
              <track default kind="captions" srclang="en" label="Steps" src={captions.url} />
              <track kind="chapters" srclang="en" label="Steps" src={captions.url} />
            </>
          ) : null}
        </video>
      ) : (
        <FramesPlayer film={film} />
      )}
    </div>
  );
}

/** The pictures one after the other, where there is no film (yet). */
function FramesPlayer({ film: { reason } }: { film: FilmView }) {
  return (
    <>
      <canvas
        data-player-canvas
        role="img"
        width={960}
        height={540}
        aria-label="Film of the pages, as pictures"
      />
      <p class="player-caption" data-player-caption />
      <div class="player-bar">
        <button class="btn btn-small btn-icon" type="button" data-player-toggle title="Play or pause (space)">
          <Icon name="play" />
          <span class="sr">Play or pause</span>
        </button>
        <input type="range" min={0} max={1} step={1} value="0" aria-label="Time" data-player-range />
        <output class="dim" data-player-time />
      </div>
      <p class="dim small player-why">
        {reason === null ? (
          "The film is being made; until then its pictures are played."
        ) : (
          <>
            Played from its pictures, without a WebM: <Text of={reason} />.
          </>
        )}
      </p>
    </>
  );
}

/** The recording of the page, at the moment of the selected step; the page that plays it is one of its own. */
export function ReplayPlayer({ view: { execution, attempt, selected, startedAt } }: { view: ExecutionView }) {
  const at = Math.max(0, Math.round((selected?.startedAt ?? startedAt) - startedAt));
  return (
    <div
      class="player"
      id={`player-replay-${attempt}`}
      hx-preserve="true"
      data-player="replay"
      data-player-from="0"
      data-player-epoch={String(startedAt)}
    >
      <iframe
        class="replay"
        title="Replay of the page"
        loading="lazy"
        src={`/executions/${execution.id}/replay?attempt=${attempt}&at=${at}`}
      />
    </div>
  );
}
