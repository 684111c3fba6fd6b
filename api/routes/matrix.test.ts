import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { newId } from "../../db/domain/ids.ts";
import {
  effectiveProjectRole,
  holds,
  holdsInProject,
  holdsOnPlatform,
  isProjectPermission,
  type OrganizationRole,
  type Permission,
  type PlatformPermission,
  type PlatformRole,
  type ProjectStanding,
  platformPermissions,
  projectRoles,
} from "../../db/domain/permissions.ts";
import { putProjectMember, removeProjectMember } from "../../db/services/project-members.ts";
import { updateProject } from "../../db/services/projects.ts";
import { publicPaths } from "../middleware/identity.ts";
import { type Answer, type Person, type TestApp, testApp } from "../testing/app.ts";
import { assertFaults, assertProblem } from "../testing/common.ts";
import { answerCommands, makeFixture } from "../testing/fixture.ts";
import { type Case, matrixCases } from "../testing/matrix-cases.ts";
import type { EndpointSpec } from "./endpoint.ts";

let t: TestApp;
let cases: Record<string, Case>;
before(async () => {
  t = await testApp();
  cases = matrixCases(t, await makeFixture(t));
  await answerCommands(t);
});
after(() => t.close());

/** What a person is; in a project only what was given there. */
type Standing = { organization: OrganizationRole | null; platform: PlatformRole; project?: ProjectStanding };
const open: ProjectStanding = { access: "organization", role: null };

const standings: Partial<Record<Person, Standing>> = {
  alice: { organization: "owner", platform: "user" },
  adam: { organization: "admin", platform: "user" },
  bob: { organization: "member", platform: "user" },
  dora: { organization: "viewer", platform: "user" },
  charlie: { organization: null, platform: "user" },
  root: { organization: null, platform: "admin" },
};

/** What the table of permissions says that this endpoint answers. */
function statusFor(spec: EndpointSpec, { organization, platform, project = open }: Standing): number {
  const needs = cases[spec.id]?.needs ?? null;
  if (needs === null) return spec.status;
  if (Object.hasOwn(platformPermissions, needs)) {
    return holdsOnPlatform(platform, needs as PlatformPermission) ? spec.status : 403;
  }
  if (organization === null) return 404;
  const permission = needs as Permission;
  if (!isProjectPermission(permission)) return holds(organization, permission) ? spec.status : 403;
  const role = effectiveProjectRole(organization, project);
  if (role === null) return 404;
  return holdsInProject(role, permission) ? spec.status : 403;
}

function checkStatus(answer: Answer, spec: EndpointSpec, standing: Standing, who: string): void {
  const expected = statusFor(spec, standing);
  assert.equal(answer.status, expected, `${spec.id} to ${who}: ${answer.text}`);
  if (expected === 404) assertProblem(answer, 404, "not-found");
  if (expected === 403) assertProblem(answer, 403, "forbidden");
}

/** The one who may do the most that this endpoint asks for. */
function whoMay(spec: EndpointSpec): Person {
  const needs = cases[spec.id]?.needs ?? "";
  return Object.hasOwn(platformPermissions, needs) && needs !== "organization.create" ? "root" : "alice";
}

const isPublic = (spec: EndpointSpec) => publicPaths.has(`/api/v1${spec.path}`);
const guarded = () => t.endpoints.filter((spec) => !isPublic(spec));
const withIds = (path: string, id: string) =>
  path
    .replace("{version}", "1")
    .replace("{name}", "name")
    .replaceAll(/\{\w+\}/g, id);

async function send(who: Person | null, spec: EndpointSpec) {
  const known = cases[spec.id];
  assert.ok(known, `${spec.id} has no case`);
  const path = await known.path(who ?? "alice");
  return t.call(who, spec.method.toUpperCase(), path, await known.body?.(who ?? "alice"));
}

describe("every endpoint", () => {
  it("has a case here, and every case an endpoint", () => {
    const ids = guarded().map(({ id }) => id);
    assert.deepEqual(Object.keys(cases).sort(), ids.sort());
  });

  it("answers as documented to those who may", async (test) => {
    for (const spec of guarded()) {
      await test.test(spec.id, async () => {
        const answer = await send(whoMay(spec), spec);
        assert.equal(answer.status, spec.status, answer.text);
      });
    }
  });

  it("answers 401 without credentials, whatever else is wrong", async () => {
    for (const spec of guarded()) {
      const path = withIds(spec.path, newId());
      const answer = await t.call(
        null,
        spec.method.toUpperCase(),
        path,
        spec.body ? { nonsense: 1 } : undefined,
      );
      assertProblem(answer, 401, "unauthenticated");
      assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
    }
  });

  it("answers everybody as the table of permissions says", async (test) => {
    for (const spec of guarded()) {
      await test.test(spec.id, async () => {
        for (const [who, standing] of Object.entries(standings)) {
          const answer = await send(who as Person, spec);
          checkStatus(answer, spec, standing, who);
        }
      });
    }
  });

  it("shows nothing of an organization to one who is not in it", async () => {
    for (const spec of guarded()) {
      const { text } = await send("charlie", spec);
      assert.ok(!text.includes(t.world.a.id) && !text.includes(t.world.project.id), text);
    }
  });

  it("answers 404 for an id that no row can have, and for one that no row has", async () => {
    for (const spec of guarded().filter(({ path }) => path.includes("{id}"))) {
      const known = cases[spec.id];
      // With what it needs besides, so that nothing but the id is wrong.
      const query = spec.method === "get" ? /\?.*$/.exec((await known?.path(whoMay(spec))) ?? "")?.[0] : "";
      for (const id of ["nonsense", "1", newId()]) {
        const body = await known?.body?.(whoMay(spec));
        const answer = await t.call(
          whoMay(spec),
          spec.method.toUpperCase(),
          `${withIds(spec.path, id)}${query ?? ""}`,
          body,
        );
        assertProblem(answer, 404, "not-found");
      }
    }
  });

  it("refuses a field that it does not know, by its name", async () => {
    for (const spec of t.endpoints.filter(({ method }) => method !== "get")) {
      const known = cases[spec.id];
      const valid = (await known?.body?.("alice")) ?? {};
      const path = withIds(spec.path, newId());
      const who = isPublic(spec) ? null : whoMay(spec);
      const answer = await t.call(who, spec.method.toUpperCase(), path, { ...valid, surprise: 1 });
      assertProblem(answer, 422, "invalid-input");
      const errors = answer.body.errors as { path: string; message: string }[];
      assert.ok(
        errors.some(({ path, message }) => path === "surprise" && message.includes("surprise")),
        `${spec.id}: ${answer.text}`,
      );
    }
  });

  it("refuses a query parameter that it does not know, or that is given twice", async () => {
    for (const spec of guarded().filter(({ method }) => method === "get")) {
      const known = cases[spec.id];
      const path = (await known?.path(whoMay(spec))) ?? "";
      const join = path.includes("?") ? "&" : "?";
      const answer = await t.call(whoMay(spec), "GET", `${path}${join}surprise=1`);
      assertFaults(answer, ["surprise"]);
      if (!spec.query) continue;
      const name = Object.keys((spec.query as unknown as { shape: object }).shape)[0] ?? "";
      const twice = await t.call(whoMay(spec), "GET", `${path}${join}${name}=1&${name}=2`);
      assertProblem(twice, 422, "invalid-input");
    }
  });

  it("takes JSON and nothing else", async () => {
    for (const spec of t.endpoints.filter(({ method }) => method !== "get")) {
      const path = withIds(spec.path, newId());
      const who = isPublic(spec) ? null : whoMay(spec);
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
        const answer = await t.call(who, spec.method.toUpperCase(), path, "{}", {
          headers: { "content-type": type },
        });
        assertProblem(answer, 415, "unsupported-media-type");
      }
      const answer = await t.call(who, spec.method.toUpperCase(), path, '{"name": ');
      assertFaults(answer, [""]);
    }
  });
});

describe("every endpoint about a project that is closed to its organization", () => {
  const inProjects = () =>
    guarded().filter(({ id }) => {
      const needs = cases[id]?.needs;
      return needs && isProjectPermission(needs as Permission);
    });

  before(async () => {
    await updateProject(t.world.as.alice, t.world.project.id, { access: "members" });
  });

  for (const role of [null, ...projectRoles]) {
    it(`answers a member with ${role ? `the role ${role}` : "no role"} in it as the table says`, async (test) => {
      const { alice } = t.world.as;
      if (role) await putProjectMember(alice, t.world.project.id, t.people.pat.id, role);
      const standing: Standing = {
        organization: "member",
        platform: "user",
        project: { access: "members", role },
      };
      for (const spec of inProjects()) {
        await test.test(spec.id, async () => {
          checkStatus(await send("pat", spec), spec, standing, "pat");
        });
      }
      if (role) await removeProjectMember(alice, t.world.project.id, t.people.pat.id);
    });
  }

  it("stays open to those who run the organization", async () => {
    for (const spec of inProjects()) {
      for (const who of ["alice", "adam"] as const) {
        const standing = { ...standings[who], project: { access: "members", role: null } } as Standing;
        checkStatus(await send(who, spec), spec, standing, who);
      }
    }
  });

  it("is in no list of a member without a role in it", async () => {
    for (const path of ["/projects", "/runs", "/executions", `/projects?organizationId=${t.world.a.id}`]) {
      assert.ok((await t.call("alice", "GET", path)).text.includes(t.world.project.id), path);
      const answer = await t.call("pat", "GET", path);
      assert.equal(answer.status, 200);
      assert.ok(!answer.text.includes(t.world.project.id), answer.text);
    }
  });
});
