import type { FieldError } from "../../db/domain/errors.ts";
import { screens, sizeOf } from "../../db/domain/matrix.ts";
import type { BrowserSupport } from "../../db/domain/matrix-resources.ts";
import { wordsOfPath } from "../../db/domain/steps/browser-support.ts";
import { browserTitles } from "../../db/domain/steps/definition.ts";
import type { MatrixDraft } from "../forms/matrix-draft.ts";
import { errorsAt, FieldErrors, TextField } from "./field.tsx";
import { plural } from "./figures.ts";
import { Text } from "./text.tsx";

type Props = {
  draft: MatrixDraft;
  support: readonly BrowserSupport[];
  errors: readonly FieldError[];
  /** Keeps ids apart where the fields stand on the page more than once. */
  scope: string;
};

/** Browsers and screens to choose from: each says beforehand what it can't run, and whether a worker has it. */
export function MatrixFields({ draft, support, errors, scope }: Props) {
  const id = (name: string) => `f-${scope}-${name}`;
  return (
    <>
      <fieldset class="field wide">
        <legend>Browsers</legend>
        <div class="check-row">
          {support.map((each) => (
            <BrowserCheck support={each} checked={draft.browsers.includes(each.browser)} />
          ))}
        </div>
        <FieldErrors id={id("browsers")} errors={errorsAt(errors, "browsers")} />
      </fieldset>
      <fieldset class="field wide">
        <legend>Screens</legend>
        <div class="check-row">
          {screens.map((screen) => (
            <label class="check">
              <input
                type="checkbox"
                name="size"
                value={sizeOf(screen)}
                checked={draft.sizes.includes(sizeOf(screen))}
              />
              <span>
                {screen.title}{" "}
                <span class="dim nowrap">
                  {screen.width} × {screen.height}
                </span>
              </span>
            </label>
          ))}
        </div>
        <TextField
          name="otherSizes"
          label="Other sizes"
          value={draft.otherSizes}
          errors={errors}
          path="viewports"
          placeholder="1440x900 360x640"
          maxlength={200}
          scope={scope}
          hint="Width x height of the page in CSS pixels, separated by spaces."
        />
      </fieldset>
    </>
  );
}

function BrowserCheck({ support, checked }: { support: BrowserSupport; checked: boolean }) {
  const { browser, cases, skipped, unsupported, waits } = support;
  const canRun = cases > 0 || skipped === 0;
  return (
    <div>
      <label class="check">
        <input
          type="checkbox"
          name="browser"
          value={browser}
          checked={checked && canRun}
          disabled={!canRun}
        />
        <span>
          {browserTitles[browser]}
          {waits === null ? null : (
            <span class="hint block">
              Would wait: <Text of={waits} />
            </span>
          )}
          {skipped > 0 ? (
            <span class="hint block">
              {canRun
                ? `${skipped} of ${plural(cases + skipped, "test case")} will be skipped`
                : "Can't run it"}
            </span>
          ) : null}
        </span>
      </label>
      {cases + skipped === 1 ? (
        <WhyNot unsupported={unsupported} isOne />
      ) : unsupported.length > 0 ? (
        <details class="which hint">
          <summary>Which, and why</summary>
          <WhyNot unsupported={unsupported} isOne={false} />
        </details>
      ) : null}
    </div>
  );
}

const shownMax = 10;

/** Which cases, and what of each: the same words that stand at a skipped execution. */
export function WhyNot({
  unsupported,
  isOne,
}: {
  unsupported: BrowserSupport["unsupported"];
  isOne: boolean;
}) {
  if (unsupported.length === 0) return null;
  return (
    <ul class="why-not hint">
      {unsupported.slice(0, shownMax).map(({ testCaseId, name, faults }) => (
        <li>
          {isOne ? null : (
            <>
              <a href={`/test-cases/${testCaseId}`}>
                <Text of={name} />
              </a>
              {": "}
            </>
          )}
          <Text of={faults.map(({ path, message }) => `${wordsOfPath(path)}: ${message}`).join("; ")} />
        </li>
      ))}
      {unsupported.length > shownMax ? <li>and {unsupported.length - shownMax} more</li> : null}
    </ul>
  );
}
