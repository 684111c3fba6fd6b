import type { GroupContent, GroupSummary, StepGroup } from "../../db/domain/group-resources.ts";
import type { Project, TestCaseSummary } from "../../db/domain/resources.ts";
import { parseTestCaseYaml } from "../../db/domain/yaml.ts";
import type { Client } from "../client.ts";
import { type Cli, type GlobalOptions, openClient } from "../context.ts";
import { UsageFailure } from "../failure.ts";
import { findProject, type ProjectOptions } from "../projects.ts";
import { ProjectSync } from "../sync.ts";
import { readTree, TreeWriter } from "../tree.ts";

const message = "From a file, by the command line";

type What = "new" | "changed" | "same";
type Item = { kind: "group" | "case"; name: string; what: What; path: string };

/** Writes the groups of steps and the test cases of a project as files; files that the server knows nothing of stay. */
export async function pull(cli: Cli, folder: string, options: GlobalOptions & ProjectOptions): Promise<void> {
  // Before anything is fetched: a file that can't be read would be written a second time.
  const tree = await readTree(folder);
  const client = await openClient(cli, options);
  const project = await findProject(cli, client, options);
  const writer = new TreeWriter(folder, tree);
  const items: Item[] = [];
  for (const summary of await listOfGroups(client, project)) {
    const { name, description, parameters, steps } = await groupOf(client, project, summary.id);
    items.push({ kind: "group", name, ...(await writer.putGroup({ name, description, parameters, steps })) });
  }
  const summaries = await listOfCases(client, project);
  refuseSameNames(summaries);
  for (const { id, name } of summaries) {
    const text = await client.getText(`/test-cases/${id}/export?format=yaml`);
    items.push({ kind: "case", name, ...(await writer.putCase(parseTestCaseYaml(text))) });
  }
  const fetched = new Set(items.map(({ path }) => path));
  const others = [...tree.groups, ...tree.cases].map(({ path }) => path).filter((path) => !fetched.has(path));
  tell(
    cli,
    items,
    options,
    others.map((path) => `only here: ${path}`),
  );
}

/** Brings the files of a folder into a project: groups of steps first, so that cases that call them find them. */
export async function push(cli: Cli, folder: string, options: GlobalOptions & ProjectOptions): Promise<void> {
  const tree = await readTree(folder);
  if (tree.groups.length + tree.cases.length === 0) {
    throw new UsageFailure(`${folder} has no file below groups/ or cases/: verdict pull makes them`);
  }
  const client = await openClient(cli, options);
  const project = await findProject(cli, client, options);
  const items: Item[] = [];
  const known = new Map((await listOfGroups(client, project)).map((group) => [group.name, group]));
  for (const { content, path } of tree.groups) {
    const what = await putGroup(client, project, content, known.get(content.name));
    items.push({ kind: "group", name: content.name, what, path });
  }
  const versions = new Map((await listOfCases(client, project)).map(({ id, version }) => [id, version]));
  const sync = new ProjectSync(client, project);
  for (const { content, path } of tree.cases) {
    const { id, version } = await sync.putCase(content);
    const before = versions.get(id);
    const what = before === undefined ? "new" : before === version ? "same" : "changed";
    items.push({ kind: "case", name: content.name, what, path });
  }
  tell(cli, items, options, []);
}

async function putGroup(
  client: Client,
  project: Project,
  content: GroupContent,
  known: GroupSummary | undefined,
): Promise<What> {
  const path = `/projects/${project.id}/groups`;
  if (!known) {
    await client.post<StepGroup>(path, { ...content, message });
    return "new";
  }
  const { version } = await client.patch<StepGroup>(`${path}/${known.id}`, { ...content, message });
  return version === known.version ? "same" : "changed";
}

const listOfGroups = (client: Client, { id }: Project) => client.all<GroupSummary>(`/projects/${id}/groups`);
const groupOf = (client: Client, { id }: Project, groupId: string) =>
  client.get<StepGroup>(`/projects/${id}/groups/${groupId}`);
const listOfCases = (client: Client, { id }: Project) =>
  client.all<TestCaseSummary>("/test-cases", { projectId: id, sort: "name" });

/** A file finds its case again by the name. */
function refuseSameNames(summaries: readonly TestCaseSummary[]): void {
  const seen = new Set<string>();
  for (const { name } of summaries) {
    if (seen.has(name)) {
      throw new UsageFailure(
        `the project has more than one case called "${name}"; rename all but one of them`,
      );
    }
    seen.add(name);
  }
}

function tell(cli: Cli, items: readonly Item[], { json }: GlobalOptions, more: readonly string[]): void {
  if (json) {
    cli.print(JSON.stringify({ items, notes: more }));
    return;
  }
  for (const { what, path } of items) if (what !== "same") cli.print(`${what.padEnd(7)} ${path}`);
  for (const line of more) cli.print(line);
  const count = (what: What) => items.filter((item) => item.what === what).length;
  cli.print(`${count("new")} new, ${count("changed")} changed, ${count("same")} as they were`);
}
