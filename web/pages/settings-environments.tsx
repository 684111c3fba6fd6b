import type { FieldError } from "../../db/domain/errors.ts";
import { formatVariables } from "../forms/variables.ts";
import { ActionButton, FormErrors } from "../parts/bits.tsx";
import { TextField } from "../parts/field.tsx";
import { plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { type Refused, refusedIn, type SettingsProps } from "./settings-props.ts";

/** Where the same tests run. */
export function Environments(props: SettingsProps) {
  const { project, environments, writesEnvironments } = props;
  return (
    <section class="section" aria-labelledby="environments">
      <h2 id="environments">Environments</h2>
      <p class="hint">
        Where the same tests run: staging, production. An environment has its own base URL and variables.
      </p>
      <div class="stacked">
        {environments.map((environment) => {
          const form = `environment-${environment.id}`;
          const refused = refusedIn(props, form);
          const action = `/projects/${project.id}/environments/${environment.id}`;
          return (
            <details class="panel details" id={form} open={refused !== null}>
              <summary>
                <Icon name="expand" />
                <b>
                  <Text of={environment.name} />
                </b>
                <span class="dim clip">
                  {environment.baseUrl ? visibleText(environment.baseUrl) : "base URL of the project"} ·{" "}
                  {plural(Object.keys(environment.variables).length, "variable")}
                </span>
              </summary>
              <div class="panel-pad stacked">
                <EnvironmentForm
                  action={action}
                  refused={refused}
                  values={{
                    name: environment.name,
                    baseUrl: environment.baseUrl ?? "",
                    variables: formatVariables(environment.variables),
                  }}
                  label="Save environment"
                  writes={writesEnvironments}
                />
                {writesEnvironments ? (
                  <ActionButton
                    action={`${action}/delete`}
                    label="Delete environment"
                    icon="trash"
                    look="danger"
                    confirm={`Delete the environment “${visibleText(environment.name)}”? Suites that use it fall back to the project's base URL.`}
                  />
                ) : null}
              </div>
            </details>
          );
        })}
        {environments.length === 0 ? (
          <p class="dim">None yet: every run uses the base URL of the project.</p>
        ) : null}
        {writesEnvironments ? (
          <details
            class="panel details"
            id="new-environment"
            open={refusedIn(props, "new-environment") !== null}
          >
            <summary>
              <Icon name="plus" />
              Add an environment
            </summary>
            <div class="panel-pad">
              <EnvironmentForm
                action={`/projects/${project.id}/environments`}
                refused={refusedIn(props, "new-environment")}
                values={{}}
                label="Add environment"
                writes
              />
            </div>
          </details>
        ) : null}
      </div>
    </section>
  );
}

type EnvironmentFormProps = {
  action: string;
  refused: Refused | null;
  values: Record<string, string>;
  label: string;
  writes: boolean;
};

function EnvironmentForm({ action, refused, values, label, writes }: EnvironmentFormProps) {
  const shown = refused?.values ?? values;
  const errors = refused?.errors ?? [];
  return (
    <form class="form" method="post" action={action}>
      {refused ? <FormErrors title={refused.fault} errors={[]} /> : null}
      <fieldset class="form" disabled={!writes}>
        <div class="fields">
          <Unique name="name" action={action} label="Name" value={shown.name} errors={errors} />
          <Unique name="baseUrl" action={action} label="Base URL" value={shown.baseUrl} errors={errors} />
        </div>
        <Unique
          name="variables"
          action={action}
          label="Variables"
          value={shown.variables}
          errors={errors}
          hint="NAME=value, a line each. Steps read them as {{NAME}}. Passwords belong into secrets."
          area
        />
      </fieldset>
      {writes ? (
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            {label}
          </button>
        </div>
      ) : null}
    </form>
  );
}

type UniqueProps = {
  name: string;
  action: string;
  label: string;
  value: string | undefined;
  errors: readonly FieldError[];
  hint?: string;
  area?: boolean;
};

/** The same form stands on the page several times, so its ids carry the place that they are sent to. */
function Unique({ action, ...props }: UniqueProps) {
  const scope = action.split("/").at(-1) ?? "";
  return <TextField {...props} value={props.value ?? ""} scope={scope} mono={props.name !== "name"} />;
}
