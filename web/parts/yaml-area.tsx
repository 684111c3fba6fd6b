import type { Child } from "hono/jsx";
import { areaText } from "./field.tsx";
import { Icon } from "./icon.tsx";

type Props = {
  label: string;
  text: string;
  rows: number;
  isReadOnly: boolean;
  isWrong: boolean;
  /** What is good to know while writing. */
  hint: Child;
};

/** A field for YAML, with a button that copies it. There is one on a page. */
export function YamlArea({ label, text, rows, isReadOnly, isWrong, hint }: Props) {
  return (
    <div class="field">
      <div class="section-head">
        <label for="yaml">{label}</label>
        <button class="btn btn-small" type="button" data-copy="#yaml">
          <Icon name="copy" />
          Copy
        </button>
      </div>
      <textarea
        class="area mono yaml"
        id="yaml"
        name="yaml"
        rows={rows}
        spellcheck={false}
        readonly={isReadOnly}
        aria-describedby="yaml-hint"
        aria-invalid={isWrong ? "true" : undefined}
      >
        {areaText(text)}
      </textarea>
      <p class="hint" id="yaml-hint">
        {hint}
      </p>
    </div>
  );
}
