import {
  holds,
  holdsInProject,
  holdsOnPlatform,
  isProjectPermission,
  type Permission,
  type PlaceOf,
  type PlatformPermission,
  type ProjectPlace,
} from "../db/domain/permissions.ts";
import type { Project } from "../db/domain/resources.ts";
import { type Ctx, projectRoleOf } from "../db/services/context.ts";

/** Whether to offer something at all. The verb judges again: this only keeps buttons away that would be refused. */
export function may<P extends Permission>({ actor }: Ctx, place: PlaceOf<P>, permission: P): boolean {
  if (actor.kind !== "user") return false;
  if (isProjectPermission(permission)) {
    const role = projectRoleOf(actor, place as ProjectPlace);
    return role !== null && holdsInProject(role, permission);
  }
  const role = actor.roles.get(place.organizationId);
  return role !== undefined && holds(role, permission);
}

/** Where what concerns a project is done. */
export function placeOf({ id: projectId, organizationId }: Project): ProjectPlace {
  return { organizationId, projectId };
}

/** The same of what belongs to the installation. */
export function mayOnPlatform({ actor }: Ctx, permission: PlatformPermission): boolean {
  return actor.kind === "user" && holdsOnPlatform(actor.platformRole, permission);
}
