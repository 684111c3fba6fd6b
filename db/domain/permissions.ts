/** Who may do what: one table, enforced by `authorize` in `db/services/context.ts` and nowhere else. */

export const organizationRoles = ["owner", "admin", "member", "viewer"] as const;
export type OrganizationRole = (typeof organizationRoles)[number];

export const platformRoles = ["admin", "user", "viewer"] as const;
export type PlatformRole = (typeof platformRoles)[number];

const everyone: readonly OrganizationRole[] = organizationRoles;
const writers: readonly OrganizationRole[] = ["owner", "admin", "member"];
const admins: readonly OrganizationRole[] = ["owner", "admin"];

/** The organization roles that hold each permission. */
export const permissions = {
  "organization.read": everyone,
  "organization.update": admins,
  "project.read": everyone,
  "project.create": admins,
  "project.update": admins,
  "environment.write": writers,
  "secret.write": writers,
  "testCase.read": everyone,
  "testCase.write": writers,
  "suite.read": everyone,
  "suite.write": writers,
  "schedule.read": everyone,
  "schedule.write": writers,
  "run.read": everyone,
  "run.start": writers,
  "run.stop": writers,
  /** Pausing a running page, stepping it, taking its mouse and keyboard. */
  "run.control": writers,
} as const satisfies Record<string, readonly OrganizationRole[]>;

export type Permission = keyof typeof permissions;

export function holds(role: OrganizationRole, permission: Permission): boolean {
  return (permissions[permission] as readonly OrganizationRole[]).includes(role);
}

/** What belongs to the installation and not to a tenant: jobs, workers, details of health. */
export const platformPermissions = {
  "jobs.read": ["admin"],
  "jobs.manage": ["admin"],
  "organization.create": ["admin", "user"],
  "users.manage": ["admin"],
  "settings.manage": ["admin"],
  /** Reading mail that was not sent, which may hold links that sign somebody in. */
  "mail.manage": ["admin"],
  "health.details": ["admin"],
} as const satisfies Record<string, readonly PlatformRole[]>;

export type PlatformPermission = keyof typeof platformPermissions;

export function holdsOnPlatform(role: PlatformRole, permission: PlatformPermission): boolean {
  return (platformPermissions[permission] as readonly PlatformRole[]).includes(role);
}

/** What was asked of a person's roles. */
export type Demand =
  | { organizationId: string; permission: Permission; what: string }
  | { organizationId: null; permission: PlatformPermission };
