import type { TestApp } from "./app.ts";
import type { Fixture } from "./fixture.ts";
import type { Case } from "./matrix-cases.ts";
import { makeBaseline, makeSnapshot } from "./snapshots.ts";

/** The endpoints of pictures that are compared, for the matrix. */
export function baselineCases(t: TestApp, { execution }: Fixture): Record<string, Case> {
  const list = () => `/projects/${execution.projectId}/baselines`;
  const ofBaseline = async () => `${list()}/${await makeBaseline(t, execution)}`;
  const ofSnapshot = async () => `${list()}/snapshots/${(await makeSnapshot(t, execution)).id}`;
  return {
    listBaselines: { path: list, needs: "baseline.read" },
    getBaseline: { path: ofBaseline, needs: "baseline.read" },
    getBaselineContent: { path: async () => `${await ofBaseline()}/content`, needs: "baseline.read" },
    restoreBaseline: { path: async () => `${await ofBaseline()}/restore`, needs: "baseline.write" },
    listSnapshots: { path: () => `${list()}/snapshots`, needs: "baseline.read" },
    getSnapshot: { path: ofSnapshot, needs: "baseline.read" },
    approveSnapshot: { path: async () => `${await ofSnapshot()}/approve`, needs: "baseline.write" },
    rejectSnapshot: { path: async () => `${await ofSnapshot()}/reject`, needs: "baseline.write" },
    approveSnapshots: {
      path: () => `${list()}/snapshots/approve`,
      body: () => ({ runId: execution.runId }),
      needs: "baseline.write",
    },
  };
}
