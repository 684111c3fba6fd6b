import { Empty } from "../parts/bits.tsx";
import { errorsAt, FieldErrors } from "../parts/field.tsx";
import { plural } from "../parts/figures.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Status } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";
import type { SuitePageProps } from "./suite.tsx";

/** A case of the list, in a form that carries the whole draft. */
export function HiddenCase({ id, name }: { id: string; name: string }) {
  return (
    <>
      <input type="hidden" name="case" value={id} />
      <input type="hidden" name="caseName" value={name} />
    </>
  );
}

/** The chosen cases in their order, and beside them those that could be added. */
export function CaseList({ suite, draft, candidates, errors, project }: SuitePageProps) {
  const known = new Map(candidates.map((test) => [test.id, test]));
  const chosen = new Set(draft.cases.map(({ id }) => id));
  const addable = candidates.filter(({ id }) => !chosen.has(id));
  return (
    <div class="split">
      <section class="section" aria-labelledby="chosen">
        <h2 id="chosen">{plural(draft.cases.length, "test case")} in this order</h2>
        <FieldErrors id="f-testCaseIds" errors={errorsAt(errors, "testCaseIds")} />
        {draft.cases.length === 0 ? (
          <Empty title="No test cases chosen">
            Add some from the list beside; they run in the order shown here.
          </Empty>
        ) : (
          <ol class="edit-steps panel">
            {draft.cases.map(({ id, name }, index) => (
              <li class="edit-step" data-step={String(index)}>
                <HiddenCase id={id} name={name} />
                <div class="edit-row">
                  <span class="grip" draggable={true} title="Drag to another place" aria-hidden="true">
                    <Icon name="grip" />
                  </span>
                  <span class="edit-open">
                    <span class="step-no">{index + 1}</span>
                    <a href={`/test-cases/${id}`}>
                      <Text of={name} />
                    </a>
                    {known.get(id)?.status && known.get(id)?.status !== "active" ? (
                      <Status of={known.get(id)?.status ?? "active"} />
                    ) : null}
                  </span>
                  <CaseActions index={index} count={draft.cases.length} name={name} />
                </div>
              </li>
            ))}
          </ol>
        )}
      </section>
      <section class="section" aria-labelledby="addable">
        <h2 id="addable">Add test cases</h2>
        <div class="search search-wide">
          <Icon name="search" />
          <input
            class="input"
            type="search"
            name="search"
            value={draft.search}
            placeholder="Words in their name or tags"
            aria-label="Search test cases to add"
            autocomplete="off"
            data-search
            hx-post={`/suites/${suite.id}/edit`}
            hx-trigger="input changed delay:300ms"
            id="suite-search"
          />
        </div>
        {addable.length === 0 ? (
          <p class="dim">
            {candidates.length > 0 ? "All that match are in the suite." : "None matches."}{" "}
            <a href={`/projects/${project.id}/test-cases/new`}>Write a test case</a>
          </p>
        ) : (
          <ul class="edit-steps panel">
            {addable.map((test) => (
              <li class="edit-step">
                <button
                  class="edit-open add-case"
                  type="submit"
                  name="op"
                  value={`add:${test.id}:${test.name}`}
                >
                  <Icon name="plus" />
                  <span class="grow">
                    <span class="sr">Add </span>
                    <Text of={test.name} />
                  </span>
                  {test.status === "active" ? null : <Status of={test.status} />}
                </button>
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

function CaseActions({ index, count, name }: { index: number; count: number; name: string }) {
  const actions: (readonly [string, string, IconName, boolean])[] = [
    [`up:${index}`, "Move up (Alt ↑)", "up", index > 0],
    [`down:${index}`, "Move down (Alt ↓)", "down", index < count - 1],
    [`remove:${index}`, "Take out", "cross", true],
  ];
  return (
    <div class="edit-actions">
      {actions.map(([op, label, icon, isPossible]) => (
        <button
          class="btn btn-quiet btn-icon btn-small"
          type="submit"
          name="op"
          value={op}
          id={op.replace(":", "-")}
          title={label}
          disabled={!isPossible}
        >
          <Icon name={icon} />
          <span class="sr">
            {label}: {visibleText(name)}
          </span>
        </button>
      ))}
    </div>
  );
}
