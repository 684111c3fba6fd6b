import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  effectiveProjectRole,
  holds,
  holdsInProject,
  holdsOnPlatform,
  type OrganizationPermission,
  organizationPermissions,
  organizationRoles,
  type PlatformPermission,
  type ProjectPermission,
  platformPermissions,
  projectPermissions,
  projectRoles,
} from "./permissions.ts";

const ofOrganization = Object.keys(organizationPermissions) as OrganizationPermission[];
const ofProject = Object.keys(projectPermissions) as ProjectPermission[];

describe("the roles of an organization", () => {
  it("let a viewer see the organization and change nothing", () => {
    assert.deepEqual(
      ofOrganization.filter((permission) => holds("viewer", permission)),
      ["organization.read"],
    );
  });

  it("hold no less from each role to the one above it", () => {
    const held = organizationRoles.map((role) =>
      ofOrganization.filter((permission) => holds(role, permission)),
    );
    for (const [index, below] of held.slice(1).entries()) {
      assert.ok(below.every((permission) => held[index]?.includes(permission)));
    }
  });

  it("let an owner do everything", () => {
    assert.ok(ofOrganization.every((permission) => holds("owner", permission)));
  });

  it("keep what belongs to the whole organization from members", () => {
    const more = ofOrganization.filter((permission) => holds("member", permission));
    assert.deepEqual(more, ["organization.read"]);
  });
});

describe("the roles in a project", () => {
  it("let a viewer read everything and change nothing", () => {
    for (const permission of ofProject) {
      assert.equal(holdsInProject("viewer", permission), permission.endsWith(".read"), permission);
    }
  });

  it("hold no less from each role to the one above it, and an owner everything", () => {
    const held = projectRoles.map((role) =>
      ofProject.filter((permission) => holdsInProject(role, permission)),
    );
    for (const [index, below] of held.slice(1).entries()) {
      assert.ok(below.every((permission) => held[index]?.includes(permission)));
    }
    assert.deepEqual(held[0], ofProject);
  });

  it("keep the project itself and its members from developers", () => {
    for (const permission of ["project.update", "projectMember.write", "projectOwner.write"] as const) {
      assert.ok(!holdsInProject("developer", permission));
    }
  });

  it("are the highest of what the organization gives and what was given there", () => {
    const table = organizationRoles.map((role) => [
      role,
      effectiveProjectRole(role, { access: "organization", role: null }),
      effectiveProjectRole(role, { access: "members", role: null }),
      effectiveProjectRole(role, { access: "members", role: "viewer" }),
      effectiveProjectRole(role, { access: "organization", role: "admin" }),
      effectiveProjectRole(role, { access: "organization", role: "viewer" }),
    ]);
    assert.deepEqual(table, [
      ["owner", "owner", "owner", "owner", "owner", "owner"],
      ["admin", "admin", "admin", "admin", "admin", "admin"],
      ["member", "developer", null, "viewer", "admin", "developer"],
      ["viewer", "viewer", null, "viewer", "admin", "viewer"],
    ]);
  });
});

describe("the roles of the platform", () => {
  it("leave jobs and the details of health to administrators", () => {
    for (const permission of Object.keys(platformPermissions) as PlatformPermission[]) {
      assert.ok(holdsOnPlatform("admin", permission));
      assert.ok(!holdsOnPlatform("viewer", permission));
    }
    assert.ok(!holdsOnPlatform("user", "jobs.read") && !holdsOnPlatform("user", "health.details"));
  });
});
