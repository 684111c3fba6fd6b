/**
 * Who may do what: one table, enforced by `authorize` in `db/services/context.ts` and nowhere else. `docs/permissions.md` is
 * generated from it.
 */

export const organizationRoles = ["owner", "admin", "member", "viewer"] as const;
export type OrganizationRole = (typeof organizationRoles)[number];

/** From the one that may most to the one that may least. */
export const projectRoles = ["owner", "admin", "developer", "viewer"] as const;
export type ProjectRole = (typeof projectRoles)[number];

export const platformRoles = ["admin", "user", "viewer"] as const;
export type PlatformRole = (typeof platformRoles)[number];

/** To whom of an organization a project is open without a role in it: to everybody, or to those who run the organization. */
export const projectAccesses = ["organization", "members"] as const;
export type ProjectAccess = (typeof projectAccesses)[number];

const everyone: readonly OrganizationRole[] = organizationRoles;
const admins: readonly OrganizationRole[] = ["owner", "admin"];

/** What concerns an organization as a whole, and the roles that hold it. */
export const organizationPermissions = {
  /** To see it, its members and what it may use. */
  "organization.read": everyone,
  "organization.update": admins,
  /** To change roles and remove members, but for owners. */
  "member.write": admins,
  /** To make owners, take ownership from others and hand it over. */
  "owner.write": ["owner"],
  "invitation.read": admins,
  "invitation.write": admins,
  "audit.read": admins,
  "project.create": admins,
} as const satisfies Record<string, readonly OrganizationRole[]>;

const inProject: readonly ProjectRole[] = projectRoles;
const developers: readonly ProjectRole[] = ["owner", "admin", "developer"];
const projectAdmins: readonly ProjectRole[] = ["owner", "admin"];

/** What concerns one project, and the roles that hold it. */
export const projectPermissions = {
  "project.read": inProject,
  "project.update": projectAdmins,
  /** To give and take roles in the project, but for owners. */
  "projectMember.write": projectAdmins,
  /** To make and unmake owners of the project. */
  "projectOwner.write": ["owner"],
  "environment.write": developers,
  "secret.write": developers,
  "testCase.read": inProject,
  "testCase.write": developers,
  "suite.read": inProject,
  "suite.write": developers,
  "schedule.read": inProject,
  "schedule.write": developers,
  "run.read": inProject,
  "run.start": developers,
  "run.stop": developers,
  /** Pausing a running page, stepping it, taking its mouse and keyboard. */
  "run.control": developers,
  "baseline.read": inProject,
  /** Approving and rejecting pictures of pages. */
  "baseline.write": developers,
} as const satisfies Record<string, readonly ProjectRole[]>;

export type OrganizationPermission = keyof typeof organizationPermissions;
export type ProjectPermission = keyof typeof projectPermissions;
export type Permission = OrganizationPermission | ProjectPermission;

export function holds(role: OrganizationRole, permission: OrganizationPermission): boolean {
  return (organizationPermissions[permission] as readonly OrganizationRole[]).includes(role);
}

export function holdsInProject(role: ProjectRole, permission: ProjectPermission): boolean {
  return (projectPermissions[permission] as readonly ProjectRole[]).includes(role);
}

/** What a role in the organization is worth in every project of it, and what in those that are open to the organization. */
export const projectRoleOfOrganizationRole: Readonly<
  Record<OrganizationRole, { always: ProjectRole | null; whereOpen: ProjectRole }>
> = {
  owner: { always: "owner", whereOpen: "owner" },
  admin: { always: "admin", whereOpen: "admin" },
  member: { always: null, whereOpen: "developer" },
  viewer: { always: null, whereOpen: "viewer" },
};

/** What a person has in a project: a role given there, if any, and how open it is. */
export type ProjectStanding = { access: ProjectAccess; role: ProjectRole | null };

/** The role that counts in a project: the highest of those that a person has. Null: may not know that it exists. */
export function effectiveProjectRole(
  organizationRole: OrganizationRole,
  { access, role }: ProjectStanding,
): ProjectRole | null {
  const { always, whereOpen } = projectRoleOfOrganizationRole[organizationRole];
  const held = [always, access === "organization" ? whereOpen : null, role];
  return projectRoles.find((candidate) => held.includes(candidate)) ?? null;
}

/** What a personal API token may be good for. Every one may read. */
export const tokenScopes = ["read", "run", "write", "admin"] as const;
export type TokenScope = (typeof tokenScopes)[number];

const written: readonly string[] = ["environment", "testCase", "suite", "schedule", "baseline"];

/** The scope that a token needs for a permission of its person. What nobody has thought of needs the highest. */
export function scopeOf(permission: Permission): TokenScope {
  const [noun = "", verb = ""] = permission.split(".");
  if (verb === "read") return "read";
  if (noun === "run") return "run";
  return written.includes(noun) && verb === "write" ? "write" : "admin";
}

/** What belongs to the installation and not to a tenant: jobs, workers, details of health. */
export const platformPermissions = {
  "jobs.read": ["admin"],
  "jobs.manage": ["admin"],
  "organization.create": ["admin", "user"],
  "organizations.manage": ["admin"],
  /** Letting a project reach more than public addresses: what it reaches may be the installation's own. */
  "egress.allow": ["admin"],
  "users.manage": ["admin"],
  "settings.manage": ["admin"],
  /** Reading mail that was not sent, which may hold links that sign somebody in. */
  "mail.manage": ["admin"],
  /** What was done outside of any organization. */
  "audit.installation": ["admin"],
  "health.details": ["admin"],
} as const satisfies Record<string, readonly PlatformRole[]>;

export type PlatformPermission = keyof typeof platformPermissions;

export function holdsOnPlatform(role: PlatformRole, permission: PlatformPermission): boolean {
  return (platformPermissions[permission] as readonly PlatformRole[]).includes(role);
}

/** Where something is to be done: in one project, or in an organization as a whole. */
export type OrganizationPlace = { organizationId: string };
export type ProjectPlace = { organizationId: string; projectId: string };
export type PlaceOf<P extends Permission> = P extends ProjectPermission ? ProjectPlace : OrganizationPlace;

export function isProjectPermission(permission: Permission): permission is ProjectPermission {
  return Object.hasOwn(projectPermissions, permission);
}

/** What was asked of a person's roles. */
export type Demand =
  | { organizationId: string; projectId: string; permission: ProjectPermission; what: string }
  | { organizationId: string; permission: OrganizationPermission; what: string }
  | { organizationId: null; permission: PlatformPermission };
