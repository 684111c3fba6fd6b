import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  holds,
  holdsOnPlatform,
  organizationRoles,
  type Permission,
  type PlatformPermission,
  permissions,
  platformPermissions,
} from "./permissions.ts";

const all = Object.keys(permissions) as Permission[];

describe("the roles of an organization", () => {
  it("let a viewer read everything and change nothing", () => {
    for (const permission of all)
      assert.equal(holds("viewer", permission), permission.endsWith(".read"), permission);
  });

  it("hold no less from each role to the one above it", () => {
    const held = organizationRoles.map((role) => all.filter((permission) => holds(role, permission)));
    for (const [index, below] of held.slice(1).entries()) {
      assert.ok(below.every((permission) => held[index]?.includes(permission)));
    }
  });

  it("let an owner do everything", () => {
    assert.ok(all.every((permission) => holds("owner", permission)));
  });

  it("keep what belongs to the whole organization from members", () => {
    for (const permission of ["organization.update", "project.create", "project.update"] as const) {
      assert.ok(!holds("member", permission));
    }
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
