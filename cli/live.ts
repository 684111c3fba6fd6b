import { z } from "zod";
import type { Client } from "./client.ts";

const openBoundMs = 10_000;

const messageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("event"), seq: z.number(), event: z.unknown() }),
  z.object({ type: z.literal("subscribed") }),
  z.object({ type: z.literal("error"), code: z.string(), message: z.string() }),
  z.object({ type: z.literal("pong") }),
  z.object({ type: z.literal("unsubscribed") }),
]);

export type Topic = {
  /** Resolves when no more events come: the connection was lost, refused or closed. */
  ended: Promise<void>;
  close(): void;
};

/** Listens to a topic from the event after `after` on. Never throws: who listens asks the API as well. */
export async function openTopic(
  client: Client,
  topic: string,
  after: number,
  onEvent: (event: unknown, seq: number) => void,
): Promise<Topic> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let socket: WebSocket;
  try {
    const { ticket } = await client.post<{ ticket: string }>("/ws-tickets");
    socket = new WebSocket(`${client.url.replace(/^http/, "ws")}/ws?ticket=${encodeURIComponent(ticket)}`);
  } catch {
    // Behind a proxy that knows no sockets everything is polled.
    end();
    return { ended, close: () => {} };
  }
  const late = setTimeout(() => socket.close(), openBoundMs);
  socket.addEventListener("open", () => socket.send(JSON.stringify({ type: "subscribe", topic, after })));
  socket.addEventListener("message", ({ data }) => {
    clearTimeout(late);
    const message = messageSchema.safeParse(safeJson(String(data))).data;
    if (message?.type === "event") onEvent(message.event, message.seq);
    if (message?.type === "error") socket.close();
  });
  socket.addEventListener("error", () => socket.close());
  socket.addEventListener("close", () => {
    clearTimeout(late);
    end();
  });
  return { ended, close: () => socket.close() };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
