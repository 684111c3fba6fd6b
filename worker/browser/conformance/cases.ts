import type { StepType } from "../../../db/domain/steps/index.ts";
import { choosingCases } from "./cases/choosing.ts";
import { clickingCases } from "./cases/clicking.ts";
import { dataCases } from "./cases/data.ts";
import { elementsCases } from "./cases/elements.ts";
import { environmentCases } from "./cases/environment.ts";
import { expectedContentCases } from "./cases/expected-content.ts";
import { expectedStatesCases } from "./cases/expected-states.ts";
import { expectedStorageCases } from "./cases/expected-storage.ts";
import { expectedTraitsCases } from "./cases/expected-traits.ts";
import { flowCases } from "./cases/flow.ts";
import { navigationCases } from "./cases/navigation.ts";
import { pointingCases } from "./cases/pointing.ts";
import { requestsCases } from "./cases/requests.ts";
import { responsesCases } from "./cases/responses.ts";
import { snapshotCases } from "./cases/snapshots.ts";
import { socketsCases } from "./cases/sockets.ts";
import { storageCases } from "./cases/storage.ts";
import { tabsCases } from "./cases/tabs.ts";
import { typingCases } from "./cases/typing.ts";
import type { StepCases } from "./contract.ts";

/** What each step is held to, in every browser that can do it. A step without cases does not compile. */
export const conformanceCases = {
  ...navigationCases,
  ...tabsCases,
  ...clickingCases,
  ...pointingCases,
  ...typingCases,
  ...choosingCases,
  ...elementsCases,
  ...flowCases,
  ...dataCases,
  ...storageCases,
  ...requestsCases,
  ...responsesCases,
  ...socketsCases,
  ...environmentCases,
  ...expectedContentCases,
  ...expectedTraitsCases,
  ...expectedStatesCases,
  ...snapshotCases,
  ...expectedStorageCases,
} satisfies Record<StepType, StepCases>;
