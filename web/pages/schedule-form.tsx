import type { FieldError } from "../../db/domain/errors.ts";
import type { Environment, Project, Suite } from "../../db/domain/resources.ts";
import type { MissedPolicy, OverlapPolicy } from "../../db/domain/schedules.ts";
import { timeZones } from "../../db/domain/time-zones.ts";
import type { ScheduleDraft } from "../forms/schedule-draft.ts";
import { FormErrors } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { describedBy, errorsAt, Field, SelectField, TextField } from "../parts/field.tsx";
import { formatZoned } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { Text } from "../parts/text.tsx";
import { Until } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";

/** What an expression means, or what is wrong with it. */
export type Preview =
  | { text: string; timeZone: string; nextTicks: readonly string[]; fault?: undefined }
  | { fault: string };

export type ScheduleFormProps = {
  project: Project;
  suites: readonly Suite[];
  environments: readonly Environment[];
  draft: ScheduleDraft;
  preview: Preview;
  errors: readonly FieldError[];
  fault: string | null;
  now: Date;
};

export const missedWords: Record<MissedPolicy, string> = {
  once: "run once for all of them",
  skip: "skip them, run only what is due now",
  all: "run each of them, 20 at the most",
};

export const overlapWords: Record<OverlapPolicy, string> = {
  start: "start anyway, beside it",
  skip: "skip the tick",
  queue: "wait for its end (one tick at most)",
  stop: "stop it, start when it has ended",
};

export function NewSchedulePage(props: ScheduleFormProps) {
  const base = `/projects/${props.project.id}/schedules`;
  return (
    <>
      <div class="head-text">
        <Crumbs items={[[base, "Schedules"]]} />
        <h1>New schedule</h1>
      </div>
      <ScheduleForm {...props} action={base} label="Create schedule" cancel={base} />
    </>
  );
}

type Props = ScheduleFormProps & { action: string; label: string; cancel: string };

export function ScheduleForm(props: Props) {
  const { project, suites, environments, draft, errors, fault, action, label, cancel } = props;
  return (
    <form class="form panel panel-pad" method="post" action={action}>
      {fault ? (
        <FormErrors
          title={errors.length > 0 ? "The schedule was not saved: something is not right" : fault}
          errors={[]}
        />
      ) : null}
      <div class="fields">
        <TextField
          name="name"
          label="Name"
          value={draft.name}
          errors={errors}
          hint="Such as Nightly, or Every hour on staging"
          required
          maxlength={200}
          wide
        />
        <SelectField
          name="suiteId"
          label="Suite"
          value={draft.suiteId}
          errors={errors}
          options={optionsOf(draft.suiteId === "" ? "Choose a suite" : null, suites, draft.suiteId)}
        />
        <SelectField
          name="environmentId"
          label="Environment"
          value={draft.environmentId}
          errors={errors}
          options={optionsOf("The one of the suite", environments, draft.environmentId)}
        />
        <TextField
          name="cron"
          label="When (cron)"
          value={draft.cron}
          errors={errors}
          hint="Minute, hour, day of the month, month, day of the week: 30 2 * * 1-5"
          required
          mono
          maxlength={200}
          autocomplete="off"
        />
        <TimeZoneField value={draft.timeZone} errors={errorsAt(errors, "timeZone")} />
        <div
          class="wide preview"
          id="schedule-preview"
          aria-live="polite"
          hx-get={`/projects/${project.id}/schedules/preview`}
          hx-trigger="input delay:300ms from:closest form, change from:closest form"
          hx-include="#f-cron, #f-timeZone"
          hx-swap="innerHTML"
        >
          <SchedulePreviewPart preview={props.preview} now={props.now} />
        </div>
        <SelectField
          name="missed"
          label="Missed ticks"
          value={draft.missed}
          errors={errors}
          hint="When no worker was up."
          options={Object.entries(missedWords).map(([value, text]) => ({ value, label: text }))}
        />
        <SelectField
          name="overlap"
          label="Overlap"
          value={draft.overlap}
          errors={errors}
          hint="When the run of the last tick still goes on."
          options={Object.entries(overlapWords).map(([value, text]) => ({ value, label: text }))}
        />
      </div>
      <div class="actions">
        <button class="btn btn-primary" type="submit">
          {label}
        </button>
        <a class="btn btn-quiet" href={cancel}>
          Cancel
        </a>
      </div>
    </form>
  );
}

/** What is chosen stays chosen, also where the list does not reach as far as that. */
function optionsOf(none: string | null, items: readonly { id: string; name: string }[], chosen: string) {
  const isListed = chosen === "" || items.some(({ id }) => id === chosen);
  return [
    ...(none === null ? [] : [{ value: "", label: none }]),
    ...(isListed ? [] : [{ value: chosen, label: "As it is" }]),
    ...items.map(({ id, name }) => ({ value: id, label: visibleText(name) })),
  ];
}

function TimeZoneField({ value, errors }: { value: string; errors: readonly FieldError[] }) {
  const id = "f-timeZone";
  return (
    <Field id={id} label="Time zone" hint="A name such as Europe/Berlin" errors={[...errors]}>
      <input
        class="input"
        id={id}
        name="timeZone"
        value={value}
        list="time-zones"
        required
        maxlength={100}
        autocomplete="off"
        {...describedBy(id, true, errors)}
      />
      <datalist id="time-zones">
        {timeZones().map((zone) => (
          <option value={zone} />
        ))}
      </datalist>
    </Field>
  );
}

/** The same part in the form and in the answer to what is typed. */
export function SchedulePreviewPart({ preview, now }: { preview: Preview; now: Date }) {
  if (preview.fault !== undefined) {
    return (
      <p class="field-error">
        <Icon name="failed" />
        <Text of={preview.fault} />
      </p>
    );
  }
  const { text, timeZone, nextTicks } = preview;
  return (
    <>
      <p>
        <strong>{text}</strong> <span class="dim">{timeZone}</span>
      </p>
      <NextTicks ticks={nextTicks} timeZone={timeZone} now={now} />
    </>
  );
}

export function NextTicks(props: { ticks: readonly string[]; timeZone: string; now: Date }) {
  return (
    <ol class="next-ticks">
      {props.ticks.map((at) => (
        <li>
          <span class="num">{formatZoned(new Date(at), props.timeZone)}</span>{" "}
          <span class="dim">
            <Until at={at} now={props.now} />
          </span>
        </li>
      ))}
    </ol>
  );
}
