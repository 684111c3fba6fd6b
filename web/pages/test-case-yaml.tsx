import type { FieldError } from "../../db/domain/errors.ts";
import { FormErrors, Note } from "../parts/bits.tsx";
import { areaText, TextField } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";

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
      <div class="field">
        <div class="section-head">
          <label for="yaml">Test case as YAML</label>
          <button class="btn btn-small" type="button" data-copy="#yaml">
            <Icon name="copy" />
            Copy
          </button>
        </div>
        <textarea
          class="area mono yaml"
          id="yaml"
          name="yaml"
          rows={24}
          spellcheck={false}
          readonly={!writes}
          aria-describedby="yaml-hint"
          aria-invalid={fault ? "true" : undefined}
        >
          {areaText(text)}
        </textarea>
        <p class="hint" id="yaml-hint">
          What has its default is left out. Steps may be written short:{" "}
          <code>- click: role=button[name="Pay"]</code>
        </p>
      </div>
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
