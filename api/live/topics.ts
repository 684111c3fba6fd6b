import type { ProjectPlace } from "../../db/domain/permissions.ts";
import type { Run } from "../../db/domain/resources.ts";
import { isFinal } from "../../db/domain/states.ts";
import type { Ctx } from "../../db/services/context.ts";
import { getExecution } from "../../db/services/executions.ts";
import { getProject } from "../../db/services/projects.ts";
import { getRun, listRuns } from "../../db/services/runs.ts";
import type { Log } from "../deps.ts";
import type { LiveBounds } from "./bounds.ts";
import { ExecutionFeed } from "./execution-feed.ts";
import type { Topic } from "./messages.ts";
import { type State, StateFeed } from "./state-feed.ts";
import type { Feed } from "./subscription.ts";
import { ViewFeed } from "./view-feed.ts";

/**
 * The project that a topic belongs to.
 * @throws AppError `not-found` for what the caller may not see
 */
export async function placeOf(ctx: Ctx, topic: Topic): Promise<ProjectPlace> {
  switch (topic.kind) {
    case "execution":
    case "view":
      return getExecution(ctx, topic.id);
    case "run":
      return getRun(ctx, topic.id);
    case "project": {
      const { id: projectId, organizationId } = await getProject(ctx, topic.id);
      return { organizationId, projectId };
    }
  }
}

/** @param watcherId of this process */
export function feedOf(topic: Topic, bounds: LiveBounds, watcherId: string, log: Log): Feed {
  switch (topic.kind) {
    case "execution":
      return new ExecutionFeed(topic.id, bounds.pageSize, log);
    case "run":
      return new StateFeed((ctx) => stateOfRun(ctx, topic.id), bounds.runIntervalMs, log);
    case "project":
      return new StateFeed(projectReader(topic.id, bounds.projectRuns), bounds.projectIntervalMs, log);
    case "view":
      return new ViewFeed(topic.id, watcherId, log);
  }
}

/** A run's revision grows with every change, so it is the number as well. */
async function stateOfRun(ctx: Ctx, id: string): Promise<State> {
  const run = await getRun(ctx, id);
  return { seq: run.revision, event: { type: "run-changed", run }, isFinal: isFinal(run.status) };
}

/** A project has no revision: the number is the time of the change, as this process saw it. */
function projectReader(projectId: string, runsMax: number): (ctx: Ctx) => Promise<State> {
  let known = "";
  let seq = 0;
  return async (ctx) => {
    const { items } = await listRuns(ctx, { projectId, limit: runsMax });
    const signature = items.map(signatureOf).join();
    if (signature !== known || seq === 0) seq = Math.max(seq + 1, ctx.now().getTime());
    known = signature;
    return { seq, event: { type: "project-changed", runs: items }, isFinal: false };
  };
}

function signatureOf({ id, revision }: Run): string {
  return `${id}:${revision}`;
}
