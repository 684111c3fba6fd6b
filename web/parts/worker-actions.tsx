import type { Worker } from "../../db/domain/installation.ts";
import type { WorkerMode } from "../../db/domain/workers.ts";
import { ActionButton } from "./bits.tsx";
import { plural } from "./figures.ts";
import type { IconName } from "./icon.tsx";
import { visibleText } from "./visible-text.ts";

type Action = { label: string; icon: IconName; effect: (worker: Worker) => string };

const stays = ({ running }: Worker) =>
  running > 0 ? `What runs there (${plural(running, "job")}) goes on.` : "Nothing runs there now.";

/** What can be asked of a worker, and what that does. A quarantine needs a reason and has a form of its own. */
export const workerActions: Record<Exclude<WorkerMode, "quarantined">, Action> = {
  active: { label: "Activate", icon: "play", effect: () => "It takes jobs again." },
  quiet: {
    label: "Quiet",
    icon: "pending",
    effect: (worker) => `It takes nothing new and keeps running. ${stays(worker)}`,
  },
  draining: {
    label: "Drain",
    icon: "stop",
    effect: (worker) =>
      `It takes nothing new; its process ends when what it has is done. ${stays(worker)} Who watches over the process may start a new one, which is active.`,
  },
};

/** Which modes it makes sense to offer. */
export function offeredModes({ state }: Worker): (keyof typeof workerActions)[] {
  if (state === "lost") return [];
  return (["active", "quiet", "draining"] as const).filter((mode) => mode !== state);
}

/** What can be asked of a worker from its row. */
export function WorkerActions({ worker }: { worker: Worker }) {
  const name = visibleText(worker.name);
  return (
    <div class="row-actions">
      {offeredModes(worker).map((mode) => {
        const { label, icon, effect } = workerActions[mode];
        return (
          <ActionButton
            action={`/workers/${worker.id}/mode`}
            label={`${label} ${name}`}
            icon={icon}
            look="quiet"
            compact
            {...(mode === "active" ? {} : { confirm: `${label} “${name}”? ${effect(worker)}` })}
            fields={{ mode, from: "list" }}
          />
        );
      })}
    </div>
  );
}
