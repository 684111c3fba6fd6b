import type { FieldError } from "../../db/domain/errors.ts";
import { FormErrors, Note } from "../parts/bits.tsx";
import { TextField } from "../parts/field.tsx";
import { YamlArea } from "../parts/yaml-area.tsx";

type Props = {
  testCaseId: string;
  text: string;
  expectedVersion: number;
  message: string;
  errors: readonly FieldError[];
  fault: string | null;
  writes: boolean;
};

/** The same test case as a file: what is saved here is what the editor shows, and the other way round. */
export function TestCaseYaml({ testCaseId, text, expectedVersion, message, errors, fault, writes }: Props) {
  return (
    <form class="section" method="post" action={`/test-cases/${testCaseId}/yaml`} data-editor>
      {fault ? <FormErrors title={fault} errors={errors} /> : null}
      {writes ? null : (
        <Note tone="quiet" title="You can read this; members of the organization can change it." />
      )}
      <input type="hidden" name="expectedVersion" value={String(expectedVersion)} />
      <YamlArea
        label="Test case as YAML"
        text={text}
        rows={24}
        isReadOnly={!writes}
        isWrong={fault !== null}
        hint={
          <>
            What has its default is left out. Steps may be written short:{" "}
            <code>- click: role=button[name="Pay"]</code>
          </>
        }
      />
      {writes ? (
        <div class="save-bar panel">
          <TextField
            name="message"
            label="What changed"
            value={message}
            errors={errors}
            placeholder="For the list of versions"
            maxlength={500}
          />
          <div class="actions">
            <button class="btn btn-primary" type="submit">
              Save as version {expectedVersion + 1}
            </button>
          </div>
        </div>
      ) : null}
    </form>
  );
}
