import { z } from "zod";
import { isId } from "../../db/domain/ids.ts";
import { inputSchema, watchWishSchema } from "../../db/domain/live-view.ts";

export const topicKinds = ["execution", "run", "project", "view"] as const;
export type TopicKind = (typeof topicKinds)[number];
export type Topic = { kind: TopicKind; id: string; name: string };

const topicName = z.string().max(100);

const clientMessageSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("subscribe"),
    topic: topicName,
    /** The last number that the client has seen. */
    after: z.int().min(0).default(0),
    /** Of views: pictures per second at most, and how wide they are to be. */
    ...watchWishSchema.shape,
  }),
  /** A picture was shown: the next one may come. Who never says so is sent what the socket takes. */
  z.strictObject({ type: z.literal("ack"), topic: topicName, seq: z.int().min(0) }),
  /** What the holder of mouse and keyboard does with a paused page. */
  z.strictObject({ type: z.literal("input"), topic: topicName, ...inputSchema.shape }),
  z.strictObject({ type: z.literal("unsubscribe"), topic: topicName }),
  z.strictObject({ type: z.literal("ping") }),
]);
export type ClientMessage = z.output<typeof clientMessageSchema>;

export type ServerMessage =
  | { type: "subscribed"; topic: string; seq: number }
  | { type: "unsubscribed"; topic: string }
  | { type: "event"; topic: string; seq: number; event: unknown }
  | { type: "error"; topic?: string; code: string; message: string }
  | { type: "pong" };

/** Null for everything that is not a message of ours. */
export function readMessage(text: string): ClientMessage | null {
  try {
    return clientMessageSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Null for a name that no topic has. */
export function readTopic(name: string): Topic | null {
  const [kind = "", id = "", ...rest] = name.split(":");
  if (rest.length > 0 || !isId(id)) return null;
  const known = topicKinds.find((candidate) => candidate === kind);
  return known ? { kind: known, id, name } : null;
}
