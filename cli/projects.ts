import { isId } from "../db/domain/ids.ts";
import type { Organization, Project } from "../db/domain/resources.ts";
import type { Client } from "./client.ts";
import type { Cli } from "./context.ts";
import { UsageFailure } from "./failure.ts";

export type ProjectOptions = { project?: string; createProject?: boolean };

/** The project meant by its id, slug or name; without any, the only one that there is. */
export async function findProject(cli: Cli, client: Client, options: ProjectOptions): Promise<Project> {
  const wanted = options.project ?? cli.env.VERDICT_PROJECT;
  if (wanted !== undefined && isId(wanted)) return client.get<Project>(`/projects/${wanted}`);
  const projects = await client.all<Project>("/projects");
  if (wanted === undefined) {
    const [only] = projects;
    if (only && projects.length === 1) return only;
    throw new UsageFailure(`say which project: --project ${namesOf(projects)}`);
  }
  const bySlug = projects.filter(({ slug }) => slug === wanted);
  const found = bySlug.length > 0 ? bySlug : projects.filter(({ name }) => name === wanted);
  if (found.length > 1)
    throw new UsageFailure(`${found.length} projects are called "${wanted}"; give the id of one`);
  if (found[0]) return found[0];
  if (options.createProject) return createProject(client, wanted);
  throw new UsageFailure(
    `there is no project "${wanted}" (there are ${namesOf(projects)}); --create-project makes it`,
  );
}

async function createProject(client: Client, name: string): Promise<Project> {
  const organizations = await client.all<Organization>("/organizations");
  const [only] = organizations;
  if (only && organizations.length === 1) {
    return client.post<Project>("/projects", { organizationId: only.id, name });
  }
  throw new UsageFailure("you belong to several organizations: make the project in the dashboard");
}

function namesOf(projects: readonly Project[]): string {
  if (projects.length === 0) return "none";
  const shown = projects.slice(0, 10).map(({ slug }) => slug);
  return shown.join(", ") + (projects.length > shown.length ? ", …" : "");
}
