import { connect } from "node:net";
import { messageOf } from "../db/domain/errors.ts";
import type { Failure } from "../db/domain/events.ts";
import type { OutsideCalls } from "../db/outside-calls.ts";
import type { BrowserOptions } from "./browser/protocol.ts";

const portOf: Record<string, number> = { "ws:": 80, "wss:": 443 };

/**
 * Asks whether a remote browser answers, before an attempt is sent there: its thread makes the connection, and has no breaker.
 * @returns why not, or null; null for a browser of this machine.
 */
export async function knock(outside: OutsideCalls, browser: BrowserOptions): Promise<Failure | null> {
  if (browser.endpoint === undefined) return null;
  const { hostname, port, protocol, host } = new URL(browser.endpoint);
  const at = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || (portOf[protocol] ?? 80) };
  try {
    await outside.to("remote-browser", host)((signal) => reach(at, signal), { repeat: true });
    return null;
  } catch (error) {
    const message = `the remote browser at ${host} can't be had: ${messageOf(error)}`;
    return { code: "browser-unreachable", message, detail: null, step: null };
  }
}

function reach(at: { host: string; port: number }, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(at);
    const abort = () => socket.destroy(new Error("no answer in time"));
    signal.addEventListener("abort", abort, { once: true });
    socket.once("close", () => signal.removeEventListener("abort", abort));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}
