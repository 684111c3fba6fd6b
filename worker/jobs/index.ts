import type { JobKind } from "../../db/domain/jobs.ts";
import type { JobHandler } from "../job-handler.ts";
import { execution } from "./execution.ts";
import { housekeeping } from "./housekeeping.ts";
import { mail } from "./mail.ts";
import { video } from "./video.ts";

/** Every kind of job with what does it. A kind without a handler does not compile. */
export const jobHandlers = { execution, housekeeping, mail, video } satisfies {
  [K in JobKind]: JobHandler<K>;
};
