import { deviceNames } from "../../db/domain/devices.ts";
import { ActionButton, ActionsHead, FormErrors, Note, TableBox } from "../parts/bits.tsx";
import { SelectField, TextField } from "../parts/field.tsx";
import { SafeLink } from "../parts/safe-link.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { Environments } from "./settings-environments.tsx";
import { Network } from "./settings-network.tsx";
import { refusedIn, type SettingsProps } from "./settings-props.ts";

export function Settings(props: SettingsProps) {
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
        <Network {...props} />
        <Members {...props} />
        {props.updates ? <Archive {...props} /> : null}
      </div>
    </>
  );
}

function General(props: SettingsProps) {
  const { project, updates } = props;
  const refused = refusedIn(props, "general");
  const values = refused?.values ?? {
    name: project.name,
    baseUrl: project.baseUrl ?? "",
    evidence: project.evidence,
    video: project.video,
    defaultBranch: project.defaultBranch,
    newSnapshots: project.newSnapshots,
    device: project.device ?? "",
  };
  return (
    <section class="section" aria-labelledby="general">
      <h2 id="general">General</h2>
      {updates ? (
        <form class="form panel panel-pad" method="post" action={`/projects/${project.id}/settings`}>
          {refused ? <FormErrors title={refused.fault} errors={[]} /> : null}
          <TextField
            name="name"
            label="Name"
            value={values.name ?? ""}
            errors={refused?.errors ?? []}
            required
            maxlength={200}
          />
          <TextField
            name="baseUrl"
            label="Base URL"
            value={values.baseUrl ?? ""}
            errors={refused?.errors ?? []}
            hint="Relative addresses in steps start here; an environment may say otherwise."
            placeholder="https://shop.example.com"
            mono
          />
          <SelectField
            name="evidence"
            label="Evidence"
            value={values.evidence ?? project.evidence}
            options={[
              { value: "on", label: "Keep it of every attempt" },
              { value: "on-failure", label: "Keep it of attempts that did not pass" },
              { value: "on-retry", label: "Keep it of attempts after the first" },
              { value: "off", label: "Keep the log alone" },
            ]}
            errors={refused?.errors ?? []}
            hint="Pictures, replay, network. A run may say otherwise."
          />
          <SelectField
            name="video"
            label="Video"
            value={values.video ?? project.video}
            options={[
              { value: "off", label: "Film nothing" },
              { value: "on-failure", label: "Keep films of attempts that did not pass" },
              { value: "on-retry", label: "Film attempts after the first" },
              { value: "on", label: "Film every attempt" },
            ]}
            errors={refused?.errors ?? []}
            hint="Costs more than everything else. The WebM is made afterwards by a worker that has ffmpeg."
          />
          <SelectField
            name="newSnapshots"
            label="New snapshots"
            value={values.newSnapshots ?? project.newSnapshots}
            options={[
              { value: "fail", label: "Fail the step until somebody approves" },
              { value: "pass", label: "Let the step pass, and wait for approval" },
            ]}
            errors={refused?.errors ?? []}
            hint="Pictures of pages for which nothing was approved yet."
          />
          <TextField
            name="defaultBranch"
            label="Default branch"
            value={values.defaultBranch ?? ""}
            errors={refused?.errors ?? []}
            hint="Of runs that name none. Its approved pictures hold where a branch has none of its own."
            maxlength={200}
            mono
          />
          <SelectField
            name="device"
            label="Device"
            value={values.device ?? ""}
            options={[
              { value: "", label: "None: a screen of 1280 × 720" },
              ...deviceNames.map((name) => ({ value: name, label: name })),
            ]}
            errors={refused?.errors ?? []}
            hint="Screen, touch and user agent of a telephone or tablet, in Chromium. A run or a step may say otherwise."
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

function Secrets(props: SettingsProps) {
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
                <ActionsHead />
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
                    <Ago at={secret.updatedAt} now={now} />{" "}
                    {secret.isReadable ? null : (
                      <span class="chip">can't be read: its key is missing, set it again</span>
                    )}
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
        <form
          class="panel panel-pad stacked"
          method="post"
          action={`/projects/${project.id}/secrets`}
          autocomplete="off"
        >
          {refused ? <FormErrors title={refused.fault} errors={[]} /> : null}
          <div class="fields">
            <TextField
              name="name"
              scope="secret"
              label="Name"
              value={refused?.values.name ?? ""}
              errors={refused?.errors ?? []}
              mono
              required
            />
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

function Members({ project, members, now }: SettingsProps) {
  return (
    <section class="section" aria-labelledby="members">
      <h2 id="members">Members of the organization</h2>
      <p class="hint">
        <a href={`/projects/${project.id}/members`}>Members of this project</a> says who may enter it, and to
        whom it is open.
      </p>
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

function Archive({ project }: SettingsProps) {
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
          {...(archived
            ? {}
            : { look: "danger" as const, confirm: `Archive the project “${visibleText(project.name)}”?` })}
          fields={{ archived: String(!archived) }}
        />
      </div>
    </section>
  );
}
