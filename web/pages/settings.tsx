import type { FieldError } from "../../db/domain/errors.ts";
import type { Environment, Member, Project, Secret } from "../../db/domain/resources.ts";
import { formatVariables } from "../forms/variables.ts";
import { ActionButton, FormErrors, Note, TableBox } from "../parts/bits.tsx";
import { TextField } from "../parts/field.tsx";
import { plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { SafeLink } from "../parts/safe-link.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";

/** The form that was refused, what was in it, and what was wrong. */
export type Refused = {
  form: string;
  values: Record<string, string>;
  errors: readonly FieldError[];
  fault: string;
};

type Props = {
  project: Project;
  environments: readonly Environment[];
  secrets: readonly Secret[];
  members: readonly Member[];
  now: Date;
  refused: Refused | null;
  saved: string | null;
  updates: boolean;
  writesEnvironments: boolean;
  writesSecrets: boolean;
};

export function Settings(props: Props) {
  return (
    <>
      <div class="head-text">
        <h1>Settings</h1>
        <p class="meta">
          <Text of={props.project.name} />
        </p>
      </div>
      {props.saved && !props.refused ? <Note tone="passed" title="Saved." role="status" /> : null}
      <div class="settings">
        <General {...props} />
        <Environments {...props} />
        <Secrets {...props} />
        <Members {...props} />
        {props.updates ? <Archive {...props} /> : null}
      </div>
    </>
  );
}

function refusedIn(props: Props, form: string): Refused | null {
  return props.refused?.form === form ? props.refused : null;
}

function General(props: Props) {
  const { project, updates } = props;
  const refused = refusedIn(props, "general");
  const values = refused?.values ?? { name: project.name, baseUrl: project.baseUrl ?? "" };
  return (
    <section class="section" aria-labelledby="general">
      <h2 id="general">General</h2>
      {updates ? (
        <form class="form panel panel-pad" method="post" action={`/projects/${project.id}/settings`}>
          {refused ? <FormErrors title={refused.fault} errors={[]} /> : null}
          <TextField name="name" label="Name" value={values.name ?? ""} errors={refused?.errors ?? []} required maxlength={200} />
          <TextField
            name="baseUrl"
            label="Base URL"
            value={values.baseUrl ?? ""}
            errors={refused?.errors ?? []}
            hint="Relative addresses in steps start here; an environment may say otherwise."
            placeholder="https://shop.example.com"
            mono
          />
          <div class="actions">
            <button class="btn btn-primary" type="submit">
              Save
            </button>
          </div>
        </form>
      ) : (
        <div class="panel panel-pad">
          {project.baseUrl ? <SafeLink url={project.baseUrl} /> : "No base URL."}{" "}
          <span class="dim">Owners and admins change this.</span>
        </div>
      )}
    </section>
  );
}

function Environments(props: Props) {
  const { project, environments, writesEnvironments } = props;
  return (
    <section class="section" aria-labelledby="environments">
      <h2 id="environments">Environments</h2>
      <p class="hint">Where the same tests run: staging, production. An environment has its own base URL and variables.</p>
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
          <details class="panel details" id="new-environment" open={refusedIn(props, "new-environment") !== null}>
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

function Secrets(props: Props) {
  const { project, secrets, now, writesSecrets } = props;
  const refused = refusedIn(props, "secrets");
  return (
    <section class="section" aria-labelledby="secrets">
      <h2 id="secrets">Secrets</h2>
      <p class="hint">
        Values go in and never come out: they are encrypted, and masked in logs and events. Steps read them as{" "}
        <code>{"{{secrets.NAME}}"}</code>.
      </p>
      {secrets.length > 0 ? (
        <TableBox label="Secrets">
          <table class="list">
            <caption class="sr">Secrets</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Set</th>
                <th scope="col">
                  <span class="sr">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {secrets.map((secret) => (
                <tr>
                  <td>
                    <code>
                      <Text of={secret.name} />
                    </code>
                  </td>
                  <td>
                    <Ago at={secret.updatedAt} now={now} />
                  </td>
                  <td>
                    <div class="row-actions">
                      {writesSecrets ? (
                        <ActionButton
                          action={`/projects/${project.id}/secrets/${encodeURIComponent(secret.name)}/delete`}
                          label={`Delete ${secret.name}`}
                          icon="trash"
                          look="quiet"
                          compact
                          confirm={`Delete the secret ${secret.name}? Steps that read it will fail.`}
                        />
                      ) : null}
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      ) : (
        <p class="dim">No secrets yet.</p>
      )}
      {writesSecrets ? (
        <form class="panel panel-pad stacked" method="post" action={`/projects/${project.id}/secrets`} autocomplete="off">
          {refused ? <FormErrors title={refused.fault} errors={[]} /> : null}
          <div class="fields">
            <TextField name="name" scope="secret" label="Name" value={refused?.values.name ?? ""} errors={refused?.errors ?? []} mono required />
            <TextField
              name="value"
              scope="secret"
              label="Value"
              type="password"
              autocomplete="new-password"
              errors={refused?.errors ?? []}
              hint="An existing name gets the new value."
              required
            />
          </div>
          <div class="actions">
            <button class="btn btn-primary" type="submit">
              Set secret
            </button>
          </div>
        </form>
      ) : null}
    </section>
  );
}

function Members({ members, now }: Props) {
  return (
    <section class="section" aria-labelledby="members">
      <h2 id="members">Members of the organization</h2>
      <TableBox label="Members">
        <table class="list stack">
          <caption class="sr">Members of the organization</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">E-mail address</th>
              <th scope="col">Role</th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>
            {members.map((member) => (
              <tr>
                <td class="main">
                  <Text of={member.name} />
                </td>
                <td data-label="E-mail address">
                  <Text of={member.email} />
                </td>
                <td data-label="Role">{member.role}</td>
                <td data-label="Since">
                  <Ago at={member.createdAt} now={now} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

function Archive({ project }: Props) {
  const archived = project.archivedAt !== null;
  return (
    <section class="section" aria-labelledby="archive">
      <h2 id="archive">{archived ? "Restore" : "Archive"}</h2>
      <div class="panel panel-pad inline-form">
        <p class="grow">
          {archived
            ? "The project is archived: it stands in no list and nothing of it can be run."
            : "An archived project keeps everything, stands in no list and runs nothing. It can be restored."}
        </p>
        <ActionButton
          action={`/projects/${project.id}/archive`}
          label={archived ? "Restore project" : "Archive project"}
          icon="archive"
          {...(archived ? {} : { look: "danger" as const, confirm: `Archive the project “${visibleText(project.name)}”?` })}
          fields={{ archived: String(!archived) }}
        />
      </div>
    </section>
  );
}
