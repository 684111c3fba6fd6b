import {
  type OrganizationPermission,
  organizationPermissions,
  organizationRoles,
  type PlatformPermission,
  type ProjectPermission,
  platformPermissions,
  platformRoles,
  projectPermissions,
  projectRoleOfOrganizationRole,
  projectRoles,
} from "../db/domain/permissions.ts";

/** `docs/permissions.md`: who may do what, from the one table that is enforced. */
export function permissionPage(): string {
  return `# Permissions

Who may do what. How roles work together is in [organizations](organizations.md). This page is generated from
\`db/domain/permissions.ts\` by \`node --import tsx ops/docs.ts permissions\`.

## In an organization

${matrix(organizationRoles, organizationPermissions, Object.keys(organizationPermissions) as OrganizationPermission[])}

## In a project

${matrix(projectRoles, projectPermissions, Object.keys(projectPermissions) as ProjectPermission[])}

What a role in the organization is worth in its projects; a role given in a project counts where it is higher:

${standingTable()}

## On the installation

${matrix(platformRoles, platformPermissions, Object.keys(platformPermissions) as PlatformPermission[])}
`;
}

function matrix<R extends string, P extends string>(
  roles: readonly R[],
  table: Readonly<Record<P, readonly R[]>>,
  permissions: readonly P[],
): string {
  const rows = permissions.map((permission) => [
    `\`${permission}\``,
    ...roles.map((role) => (table[permission].includes(role) ? "yes" : "")),
  ]);
  return tableOf(["permission", ...roles], rows);
}

function standingTable(): string {
  const rows = organizationRoles.map((role) => {
    const { always, whereOpen } = projectRoleOfOrganizationRole[role];
    return [role, whereOpen, always ?? "nothing"];
  });
  return tableOf(["role in the organization", "in an open project", "in a closed project"], rows);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
