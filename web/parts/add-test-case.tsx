import { Icon } from "./icon.tsx";

/** The two ways to a new test case of a project. */
export function AddTestCase({ base }: { base: string }) {
  return (
    <div class="actions">
      <a class="btn" href={`${base}/import`}>
        <Icon name="import" />
        Import
      </a>
      <a class="btn btn-primary" href={`${base}/test-cases/new`}>
        <Icon name="plus" />
        New test case
      </a>
    </div>
  );
}
