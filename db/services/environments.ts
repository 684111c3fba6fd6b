import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import { invalidInput } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import type { ProjectPermission } from "../domain/permissions.ts";
import type { Page, PageQuery } from "../domain/queries.ts";
import type { Environment, environmentInputSchema } from "../domain/resources.ts";
import { environments } from "../schema/identity.ts";
import { authorize, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { loadOpenProject, loadProject } from "./projects.ts";
import { found, knownId, refuseDuplicates } from "./refusals.ts";
import { iso } from "./times.ts";

export type EnvironmentInput = z.output<typeof environmentInputSchema>;
export type EnvironmentChange = { [K in keyof EnvironmentInput]?: EnvironmentInput[K] | undefined };

const byName: Order = {
  name: "name",
  key: { column: environments.name, kind: "text" },
  id: environments.id,
  descending: false,
};

/** The environments of a project, by name. */
export async function listEnvironments(
  ctx: Ctx,
  projectId: string,
  query: PageQuery,
): Promise<Page<Environment>> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "project.read");
    const rows = await ctx.tx
      .select({ row: environments, cursorKey: cursorKey(byName) })
      .from(environments)
      .where(and(eq(environments.projectId, project.id), behind(byName, query.cursor)))
      .orderBy(...orderBy(byName))
      .limit(query.limit + 1);
    return pageOf(
      byName,
      query.limit,
      rows,
      ({ row }) => environmentOf(row),
      ({ row }) => row.id,
    );
  });
}

/** @throws AppError `conflict` when the project has an environment of this name. */
export async function createEnvironment(
  ctx: Ctx,
  projectId: string,
  input: EnvironmentInput,
): Promise<Environment> {
  return transaction(ctx, async (ctx) => {
    const project = await loadOpenProject(ctx, projectId, "environment.write");
    const at = ctx.now();
    const row: Row = {
      id: newId(),
      organizationId: project.organizationId,
      projectId: project.id,
      name: input.name,
      baseUrl: input.baseUrl ?? null,
      variables: input.variables ?? {},
      createdAt: at,
      updatedAt: at,
    };
    await refuseSameName(row.name, () => ctx.tx.insert(environments).values(row));
    const environment = environmentOf(row);
    await audit(ctx, "create", row, { after: environment });
    return environment;
  });
}

/** What is not given stays; `variables` are replaced as a whole. */
export async function updateEnvironment(
  ctx: Ctx,
  id: string,
  change: EnvironmentChange,
): Promise<Environment> {
  return transaction(ctx, async (ctx) => {
    const before = await load(ctx, id, "environment.write");
    const next = {
      name: change.name ?? before.name,
      baseUrl: change.baseUrl === undefined ? before.baseUrl : change.baseUrl,
      variables: change.variables ?? before.variables,
      updatedAt: ctx.now(),
    };
    await refuseSameName(next.name, () =>
      ctx.tx.update(environments).set(next).where(eq(environments.id, before.id)),
    );
    const after = environmentOf({ ...before, ...next });
    await audit(ctx, "update", before, { before: environmentOf(before), after });
    return after;
  });
}

/** Suites that used it go back to the addresses of the project; what has been executed keeps its id. */
export async function deleteEnvironment(ctx: Ctx, id: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const row = await load(ctx, id, "environment.write");
    await ctx.tx.delete(environments).where(eq(environments.id, row.id));
    await audit(ctx, "delete", row, { before: environmentOf(row) });
  });
}

/**
 * The environment that a suite or an execution names.
 * @throws AppError `invalid-input` on `environmentId` when it is not one of this project.
 */
export async function requireEnvironment(ctx: TxCtx, projectId: string, id: string | null): Promise<void> {
  if (id === null) return;
  const [row] = await ctx.tx
    .select({ id: environments.id })
    .from(environments)
    .where(and(eq(environments.id, id), eq(environments.projectId, projectId)));
  if (!row) {
    throw invalidInput([{ path: "environmentId", message: "this project has no such environment" }]);
  }
}

type Row = typeof environments.$inferSelect;

async function load(ctx: TxCtx, id: string, permission: ProjectPermission): Promise<Row> {
  const [row] = await ctx.tx
    .select()
    .from(environments)
    .where(eq(environments.id, knownId(id, "environment")))
    .for("update");
  const environment = found(row, "environment");
  authorize(ctx, environment, permission, "environment");
  return environment;
}

function refuseSameName<T>(name: string, work: () => Promise<T>): Promise<T> {
  return refuseDuplicates(
    {
      environment_project_id_name_key: { path: "name", message: `this project has an environment "${name}"` },
    },
    work,
  );
}

async function audit(
  ctx: TxCtx,
  verb: string,
  row: Row,
  change: { before?: unknown; after?: unknown },
): Promise<void> {
  await recordAudit(ctx, {
    action: `environment.${verb}`,
    entity: "environment",
    entityId: row.id,
    organizationId: row.organizationId,
    ...change,
  });
}

function environmentOf(row: Row): Environment {
  return {
    id: row.id,
    projectId: row.projectId,
    name: row.name,
    baseUrl: row.baseUrl,
    variables: row.variables,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}
