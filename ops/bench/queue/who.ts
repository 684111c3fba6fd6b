import { bullmq } from "./bullmq.ts";
import type { Contender, Place } from "./contender.ts";
import { graphile } from "./graphile.ts";
import { ours } from "./ours.ts";
import { pgBoss } from "./pg-boss.ts";

/** A contender as plain values, so that another process can be it. */
export type Who = Place & {
  who: "ours" | "graphile" | "graphile-tuned" | "pg-boss" | "pg-boss-max" | "bullmq";
};

/** `url` of BullMQ is that of Redis. */
export function contenderOf({ who, ...place }: Who): Contender {
  switch (who) {
    case "ours":
      return ours(place);
    case "graphile":
    case "graphile-tuned":
      return graphile(place, who === "graphile-tuned");
    case "pg-boss":
    case "pg-boss-max":
      return pgBoss(place, who === "pg-boss-max");
    case "bullmq":
      return bullmq(place.url, place.peers);
  }
}
