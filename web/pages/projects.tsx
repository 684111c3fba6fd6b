import type { Page } from "../../db/domain/queries.ts";
import type { Organization, Project } from "../../db/domain/resources.ts";
import { Empty, TableBox, Tabs } from "../parts/bits.tsx";
import { Icon } from "../parts/icon.tsx";
import { ListPager } from "../parts/list-pager.tsx";
import { SafeLink } from "../parts/safe-link.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";

type Props = {
  page: Page<Project>;
  organizations: readonly Organization[];
  archived: boolean;
  path: string;
  now: Date;
  creates: boolean;
};

export function Projects({ page, organizations, archived, path, now, creates }: Props) {
  const names = new Map(organizations.map(({ id, name }) => [id, name]));
  return (
    <>
      <div class="head">
        <div class="head-text">
          <h1>Projects</h1>
        </div>
        {creates ? (
          <a class="btn btn-primary" href="/projects/new">
            <Icon name="plus" />
            New project
          </a>
        ) : null}
      </div>
      <Tabs
        label="Which projects"
        tabs={[
          { href: "/projects", label: "Active", current: !archived },
          { href: "/projects?archived=true", label: "Archived", current: archived },
        ]}
      />
      {page.items.length === 0 ? (
        <NoProjects archived={archived} creates={creates} />
      ) : (
        <TableBox label="Projects">
          <table class="list stack">
            <caption class="sr">Projects</caption>
            <thead>
              <tr>
                <th scope="col">Project</th>
                <th scope="col">Organization</th>
                <th scope="col">Base URL</th>
                <th scope="col">Created</th>
              </tr>
            </thead>
            <tbody>
              {page.items.map((project) => (
                <tr>
                  <td class="main">
                    <a href={`/projects/${project.id}`}>
                      <Text of={project.name} />
                    </a>
                  </td>
                  <td data-label="Organization">
                    <Text of={names.get(project.organizationId) ?? "-"} />
                  </td>
                  <td data-label="Base URL">
                    {project.baseUrl ? <SafeLink url={project.baseUrl} /> : <span class="dim">not set</span>}
                  </td>
                  <td data-label="Created">
                    <Ago at={project.createdAt} now={now} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
      <ListPager page={page} path={path} />
    </>
  );
}

function NoProjects({ archived, creates }: { archived: boolean; creates: boolean }) {
  if (archived)
    return (
      <Empty title="No archived projects">
        A project is archived in its settings and can be restored there.
      </Empty>
    );
  return (
    <Empty
      title="No projects yet"
      action={
        creates ? (
          <a class="btn btn-primary" href="/projects/new">
            Create the first project
          </a>
        ) : null
      }
    >
      A project holds the tests of one application, with its environments and secrets.
      {creates ? null : " Ask an owner or admin of your organization to create one."}
    </Empty>
  );
}
