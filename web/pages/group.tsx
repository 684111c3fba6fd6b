import type { FieldError } from "../../db/domain/errors.ts";
import type { GroupUsage, GroupVersion, StepGroup } from "../../db/domain/group-resources.ts";
import type { Project } from "../../db/domain/resources.ts";
import { ActionButton, Empty, FormErrors, Note, TableBox } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { TextField } from "../parts/field.tsx";
import { plural } from "../parts/figures.ts";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { YamlArea } from "../parts/yaml-area.tsx";

/** What stands in the form: as it is kept, or as it was refused. */
export type GroupForm = {
  text: string;
  message: string;
  errors: readonly FieldError[];
  fault: string | null;
};

type Props = {
  project: Project;
  /** Null for one that is being written. */
  group: StepGroup | null;
  form: GroupForm;
  usages: readonly GroupUsage[];
  versions: readonly GroupVersion[];
  now: Date;
  writes: boolean;
};

/** A group of steps: its text, who calls it, what it was before. */
export function GroupPage(props: Props) {
  const { project, group, usages, versions, now, writes } = props;
  const base = `/projects/${project.id}`;
  return (
    <>
      <div class="head">
        <div class="head-text">
          <Crumbs
            items={[
              [`${base}/test-cases`, "Test cases"],
              [`${base}/groups`, "Groups of steps"],
            ]}
          />
          <h1>{group ? <Text of={group.name} /> : "New group of steps"}</h1>
          {group ? (
            <div class="meta">
              <span>version {group.version}</span>
              <span>{plural(group.steps.length, "step")}</span>
            </div>
          ) : null}
        </div>
        {group && writes && usages.length === 0 ? (
          <ActionButton
            action={`${base}/groups/${group.id}/delete`}
            label="Delete"
            icon="trash"
            look="quiet"
            confirm={visibleText(`Delete the group “${group.name}”? Nothing calls it.`)}
          />
        ) : null}
      </div>
      <GroupText {...props} />
      {group ? (
        <>
          <Usages usages={usages} base={base} />
          <Versions versions={versions} now={now} />
        </>
      ) : null}
    </>
  );
}

function GroupText({ project, group, form, writes }: Props) {
  const { text, message, errors, fault } = form;
  const action = `/projects/${project.id}/groups${group ? `/${group.id}` : ""}`;
  return (
    <form class="section" method="post" action={action} data-editor>
      {fault ? <FormErrors title={fault} errors={errors} /> : null}
      {writes ? null : (
        <Note tone="quiet" title="You can read this; members of the organization can change it." />
      )}
      {group ? <input type="hidden" name="expectedVersion" value={String(group.version)} /> : null}
      <YamlArea
        label="Group as YAML"
        text={text}
        rows={18}
        isReadOnly={!writes}
        isWrong={fault !== null}
        hint={
          <>
            A step reads a parameter as <code>{"{{name}}"}</code>. A test case calls the group by its name:{" "}
            <code>- group: {"{ group: Sign in, with: { user: Ada } }"}</code>
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
              {group ? `Save as version ${group.version + 1}` : "Save group"}
            </button>
          </div>
        </div>
      ) : null}
    </form>
  );
}

function Usages({ usages, base }: { usages: readonly GroupUsage[]; base: string }) {
  return (
    <section class="section" aria-labelledby="usages">
      <h2 id="usages">Called by</h2>
      {usages.length === 0 ? (
        <Empty title="Nothing calls it">A test case calls it by a step “Call group”.</Empty>
      ) : (
        <TableBox label="Called by">
          <table class="list">
            <caption class="sr">Test cases and groups that call it</caption>
            <tbody>
              {usages.map(({ kind, id, name }) => (
                <tr>
                  <td>
                    <a href={kind === "testCase" ? `/test-cases/${id}` : `${base}/groups/${id}`}>
                      <Text of={name} />
                    </a>
                  </td>
                  <td class="dim">{kind === "testCase" ? "test case" : "group"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </section>
  );
}

function Versions({ versions, now }: { versions: readonly GroupVersion[]; now: Date }) {
  return (
    <section class="section" aria-labelledby="versions">
      <h2 id="versions">Versions</h2>
      <TableBox label="Versions">
        <table class="list stack">
          <caption class="sr">Versions, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">What changed</th>
              <th scope="col">Author</th>
              <th scope="col">When</th>
            </tr>
          </thead>
          <tbody>
            {versions.map(({ version, message, author, createdAt }) => (
              <tr>
                <td class="lead">Version {version}</td>
                <td class="main">
                  {message === "" ? <span class="dim">no words</span> : <Text of={message} />}
                </td>
                <td class="nowrap" data-label="Author">
                  {author === null ? <span class="dim">none</span> : <Text of={author} />}
                </td>
                <td class="nowrap" data-label="When">
                  <Ago at={createdAt} now={now} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}
