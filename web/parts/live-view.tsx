import type { LiveView } from "../../db/domain/live-view.ts";
import type { Execution } from "../../db/domain/resources.ts";
import { ActionButton } from "./bits.tsx";
import { Icon } from "./icon.tsx";
import { Text } from "./text.tsx";

/** The words for what a view shows now; `live-view.js` keeps them true. */
export const viewWords = {
  waiting: "waiting for a worker",
  live: "live",
  pausing: "pausing before the next step",
  paused: "paused",
  ended: "ended",
} as const satisfies Record<LiveView["state"], string>;

type FrameProps = {
  executionId: string;
  name: string;
  size: { width: number; height: number };
  fps: number;
  width: number;
};

/**
 * Where pictures of a running page are drawn, with pointer and element over them. Nothing is asked for while it is out of
 * sight.
 */
export function ViewFrame({ executionId, name, size, fps, width }: FrameProps) {
  return (
    <div
      class="view-frame"
      id={`view-${executionId}`}
      hx-preserve="true"
      data-view={executionId}
      data-view-fps={String(fps)}
      data-view-width={String(width)}
    >
      <canvas
        class="view-canvas"
        width={String(size.width)}
        height={String(size.height)}
        role="img"
        aria-label={`The running page of ${name}`}
        data-view-canvas
      />
      <p class="view-empty dim" data-view-empty>
        No picture yet: the page appears here when its browser has opened it.
      </p>
    </div>
  );
}

/** `userId`: who looks, to know whether mouse and keyboard are theirs. */
export type LivePaneProps = {
  execution: Execution;
  view: LiveView;
  controls: boolean;
  userId: string | null;
};

/** A running page beside its steps, with what holds it. */
export function LivePane({ execution, view, controls, userId }: LivePaneProps) {
  const { id, testCaseName, viewport } = execution;
  return (
    <section
      class="panel view-pane"
      aria-label="Live"
      data-view-pane={id}
      data-view-state={view.state}
      data-view-holder="none"
      data-user-id={userId ?? undefined}
    >
      <div class="panel-head">
        <h2 class="view-title">
          Live
          <span class="live t-running" role="status" data-view-word>
            {viewWords[view.state]}
          </span>
          <span class="dim small" data-view-note>
            {view.pause?.by ? (
              <>
                by <Text of={view.pause.by} />
              </>
            ) : null}
          </span>
        </h2>
        {controls ? <Controls id={id} /> : null}
      </div>
      <ViewFrame executionId={id} name={testCaseName} size={viewport} fps={12} width={1280} />
      <p class="view-foot small" data-view-step>
        {view.scene?.step ? <Text of={view.scene.step.title} /> : null}
      </p>
      {controls ? <Pointing /> : null}
    </section>
  );
}

/** Works by `live-view.js` alone: there is nothing to point at without it. */
function Pointing() {
  return (
    <div class="view-pointing" data-view-when="paused">
      <button class="btn btn-small" type="button" data-view-pick aria-pressed="false">
        <Icon name="pointer" />
        Pick an element
      </button>
      <form class="view-find" data-view-find>
        <label class="sr" for="view-locator">
          Locator to highlight
        </label>
        <input
          class="input mono"
          id="view-locator"
          name="locator"
          placeholder="role=button[name=&quot;Save&quot;]"
          required
          maxlength={2000}
        />
        <button class="btn btn-small" type="submit">
          Highlight
        </button>
      </form>
      <div class="view-found" role="status" data-view-found />
    </div>
  );
}

function Controls({ id }: { id: string }) {
  const to = (verb: string) => `/executions/${id}/${verb}`;
  return (
    <div class="actions view-controls">
      <span data-view-when="live waiting">
        <ActionButton action={to("pause")} label="Pause" icon="pause" small />
      </span>
      <span data-view-when="paused pausing">
        <ActionButton action={to("resume")} label="Go on" icon="play" small />
      </span>
      <span data-view-when="paused">
        <ActionButton action={to("step")} label="One step" icon="right" small />
      </span>
      <span data-view-when="paused" data-view-holder="none other">
        <ActionButton action={to("take-input")} label="Take mouse and keyboard" icon="pointer" small />
      </span>
      <span data-view-when="paused" data-view-holder="me">
        <ActionButton action={to("give-input")} label="Give them back" icon="pointer" small />
      </span>
    </div>
  );
}
