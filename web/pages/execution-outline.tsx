import { shownPath } from "../../db/domain/step-tree.ts";
import type { ExecutionView } from "../execution-view.ts";
import { ScrollBox } from "../parts/bits.tsx";
import { Text } from "../parts/text.tsx";
import { withQuery } from "../site.tsx";

/** Where what the page said at the selected step comes to stand: its recording is read when somebody looks. */
export function OutlineLater({ view }: { view: ExecutionView }) {
  const { execution, attempt, selected } = view;
  const query = {
    attempt: String(attempt),
    step: selected ? shownPath(selected.path) : undefined,
  };
  const path = withQuery(`/executions/${execution.id}/outline`, query);
  return (
    <div class="outline-pane" hx-get={path} hx-trigger="load" hx-target="this" hx-swap="outerHTML">
      <p class="panel-pad dim">
        <a href={path} target="_blank" rel="noopener" hx-boost="false">
          What the page said
        </a>
      </p>
    </div>
  );
}

/** Roles, names and states of what was on the page, and its texts, as the step had left it. */
export function Outline({ lines }: { lines: readonly string[] | null }) {
  return (
    <div class="outline-pane" data-outline>
      {lines === null ? (
        <p class="panel-pad dim">There is no recording of the page at this moment.</p>
      ) : (
        <ScrollBox label="What the page said" class="outline-scroll">
          <ol class="outline">
            {lines.map((line) => (
              <li>
                <span aria-hidden="true" />
                <code>
                  <Text of={line} />
                </code>
              </li>
            ))}
          </ol>
        </ScrollBox>
      )}
    </div>
  );
}
