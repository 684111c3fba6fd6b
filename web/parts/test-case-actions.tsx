import type { TestCaseSummary } from "../../db/domain/resources.ts";
import { ActionButton } from "./bits.tsx";
import { visibleText } from "./visible-text.ts";

/** What can be done to a test case from its row. */
export function TestCaseActions({
  test,
  writes,
  runs,
}: {
  test: TestCaseSummary;
  writes: boolean;
  runs: boolean;
}) {
  const path = `/test-cases/${test.id}`;
  const name = visibleText(test.name);
  return (
    <div class="row-actions">
      {runs && test.archivedAt === null && test.stepCount > 0 ? (
        <ActionButton action={`${path}/run`} label={`Run ${name}`} icon="play" look="quiet" compact />
      ) : null}
      {writes ? (
        <ActionButton action={`${path}/clone`} label={`Duplicate ${name}`} icon="copy" look="quiet" compact />
      ) : null}
      {writes ? (
        <ActionButton
          action={`${path}/archive`}
          label={test.archivedAt === null ? `Archive ${name}` : `Restore ${name}`}
          icon={test.archivedAt === null ? "archive" : "retry"}
          look="quiet"
          compact
          fields={{ archived: String(test.archivedAt === null) }}
        />
      ) : null}
    </div>
  );
}
