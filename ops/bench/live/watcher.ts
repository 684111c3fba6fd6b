import { WebSocket } from "ws";
import type { TestSystem } from "../../testing/system.ts";
import type { Arrived } from "./time-page.ts";

const openMsMax = 10_000;

/** Watches an execution as the dashboard does, and acknowledges each picture when it has it. */
export class Watcher {
  readonly #socket: WebSocket;
  readonly arrived: Arrived[] = [];

  private constructor(socket: WebSocket, topic: string) {
    this.#socket = socket;
    socket.on("message", (data, isBinary) => {
      if (!isBinary) return;
      const at = Date.now();
      const message = data as Buffer;
      const length = message.readUInt32BE(0);
      const { seq } = JSON.parse(message.subarray(4, 4 + length).toString("utf8")) as { seq: number };
      socket.send(JSON.stringify({ type: "ack", topic, seq }));
      this.arrived.push({ at, bytes: message.subarray(4 + length) });
    });
  }

  static async open(
    { origin, call }: TestSystem,
    executionId: string,
    wish: { fps: number; width: number },
  ): Promise<Watcher> {
    const { status, body } = await call("POST", "/ws-tickets");
    if (status !== 201) throw new Error(`a ticket answered ${status}: ${JSON.stringify(body)}`);
    const { ticket } = body as { ticket: string };
    const socket = new WebSocket(`${origin.replace("http", "ws")}/ws?ticket=${ticket}`, {
      handshakeTimeout: openMsMax,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    const topic = `view:${executionId}`;
    const watcher = new Watcher(socket, topic);
    socket.send(JSON.stringify({ type: "subscribe", topic, ...wish }));
    return watcher;
  }

  close(): void {
    this.#socket.terminate();
  }
}
