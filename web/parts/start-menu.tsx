import type { BrowserSupport } from "../../db/domain/matrix-resources.ts";
import type { MatrixDraft } from "../forms/matrix-draft.ts";
import { Icon } from "./icon.tsx";
import { MatrixFields } from "./matrix-fields.tsx";

type Props = { action: string; draft: MatrixDraft; support: readonly BrowserSupport[] };

/** Beside the button that starts at once: the same in other browsers and on other screens. */
export function StartMenu({ action, draft, support }: Props) {
  return (
    <details class="menu menu-end start-menu" data-menu>
      <summary class="btn" data-start-menu>
        Run in…
        <Icon name="expand" />
      </summary>
      <form class="start-box" method="post" action={action}>
        <MatrixFields draft={draft} support={support} errors={[]} scope="start" />
        <p class="hint">Each test runs once in each browser on each screen.</p>
        <p class="actions">
          <button class="btn btn-primary" type="submit">
            <Icon name="play" />
            Run
          </button>
        </p>
      </form>
    </details>
  );
}
