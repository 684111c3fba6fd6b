import type { StepOf } from "../../db/domain/steps/index.ts";
import { matchesAddress } from "./address.ts";
import { isAlike } from "./steps/json-alike.ts";

/** What of a mockWebSocket step the page has to know. */
export type SocketRule = Pick<StepOf<"mockWebSocket">, "url" | "greet" | "answers" | "refuse">;

/**
 * Watches the WebSockets of a document, and takes the place of the server for those that a rule is about; the last rule wins. Runs
 * in the page's own world, before its scripts. In a document that has it, it only takes the rules over.
 */
export function socketScript(rules: readonly SocketRule[]): string {
  return `(${install})(${JSON.stringify(rules)}, ${matchesAddress}, ${isAlike})`;
}

/** Gives, as JSON, the open sockets and the messages that are not older than so; null where nothing watches. */
export function seenExpression(ageMsMax: number): string {
  return `globalThis[Symbol.for("verdict.sockets")]?.seen(${Math.ceil(ageMsMax)}) ?? null`;
}

const install = `(rules, matchesAddress, isAlike) => {
  const key = Symbol.for("verdict.sockets");
  if (globalThis[key]) return void globalThis[key].mock(rules);
  const Native = globalThis.WebSocket;
  if (typeof Native !== "function") return;
  const { apply, construct } = Reflect;
  const listen = EventTarget.prototype.addEventListener;
  const dispatch = EventTarget.prototype.dispatchEvent;
  const now = () => new Event("now").timeStamp;
  const messagesMax = 200;
  const textCharsMax = 20_000;
  const log = [];
  const sockets = new Set();
  const note = (url, direction, data) => {
    const isText = typeof data === "string";
    const bytes = isText ? data.length : (data?.byteLength ?? data?.size ?? 0);
    if (log.length >= messagesMax) log.shift();
    log.push({ at: now(), url, direction, bytes, text: isText ? data.slice(0, textCharsMax) : null });
  };
  const seen = (ageMsMax) => {
    const at = now();
    const open = [...sockets].filter((socket) => socket.readyState === 1).map((socket) => socket.url);
    const messages = log
      .filter((message) => at - message.at <= ageMsMax)
      .map(({ at: when, ...message }) => ({ ...message, ageMs: at - when }));
    return JSON.stringify({ open, messages });
  };

  // Tasks of their own, which no stopped clock holds back.
  const tasks = [];
  const channel = new MessageChannel();
  channel.port1.onmessage = () => tasks.shift()?.();
  const later = (task) => {
    tasks.push(task);
    channel.port2.postMessage(0);
  };
  const textOf = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  const isMeant = ({ text, match, json }, data) => {
    if (text === undefined && json === undefined) return true;
    if (typeof data !== "string") return false;
    if (text !== undefined) {
      if (match === "regex") return new RegExp(text, "su").test(data);
      return match === "exact" ? data === text : data.includes(text);
    }
    try {
      return isAlike(JSON.parse(data), json);
    } catch {
      return false;
    }
  };
  const mocked = (url, protocols, rule, newTarget) => {
    const socket = construct(EventTarget, [], newTarget);
    const handlers = {};
    let state = 0;
    let binaryType = "blob";
    const tell = (event) => apply(dispatch, socket, [event]);
    const finish = (code, reason, wasClean) => {
      if (state === 3) return;
      state = 3;
      sockets.delete(socket);
      tell(new CloseEvent("close", { code, reason, wasClean }));
    };
    const deliver = (value) => later(() => {
      if (state !== 1) return;
      const data = textOf(value);
      note(url, "received", data);
      tell(new MessageEvent("message", { data, origin: new URL(url).origin }));
    });
    const close = (code = 1005, reason = "") => {
      if (code !== 1005 && code !== 1000 && !(code >= 3000 && code <= 4999)) {
        throw new DOMException("The close code must be either 1000, or between 3000 and 4999.", "InvalidAccessError");
      }
      if (state >= 2) return;
      state = 2;
      later(() => finish(code, String(reason), true));
    };
    const send = (data) => {
      if (state === 0) throw new DOMException("Still in CONNECTING state.", "InvalidStateError");
      if (state !== 1) return;
      const sent = typeof data === "string" || data instanceof Blob || data?.byteLength !== undefined ? data : String(data);
      note(url, "sent", sent);
      const answer = (rule.answers ?? []).find((candidate) => isMeant(candidate, sent));
      for (const value of answer?.send ?? []) deliver(value);
      if (answer?.close) later(() => {
        if (state === 1) finish(1000, "", true);
      });
    };
    const fixed = { url, extensions: "", bufferedAmount: 0, protocol: String([protocols ?? ""].flat()[0] ?? "") };
    for (const [name, value] of Object.entries(fixed)) Object.defineProperty(socket, name, { value, enumerable: true });
    Object.defineProperties(socket, {
      readyState: { get: () => state, enumerable: true },
      binaryType: { get: () => binaryType, set: (value) => { binaryType = value; }, enumerable: true },
      send: { value: send, writable: true, configurable: true },
      close: { value: close, writable: true, configurable: true },
    });
    for (const type of ["open", "message", "error", "close"]) {
      Object.defineProperty(socket, "on" + type, {
        get: () => handlers[type] ?? null,
        set: (value) => { handlers[type] = typeof value === "function" ? value : null; },
        configurable: true,
        enumerable: true,
      });
      apply(listen, socket, [type, (event) => handlers[type]?.call(socket, event)]);
    }
    sockets.add(socket);
    later(() => {
      if (state !== 0) return;
      if (rule.refuse) {
        tell(new Event("error"));
        finish(1006, "", false);
        return;
      }
      state = 1;
      // They wait for their turn: whoever listens from the opening on gets them, before any answer.
      for (const value of rule.greet ?? []) deliver(value);
      tell(new Event("open"));
    });
    return socket;
  };
  const watch = (socket) => {
    sockets.add(socket);
    apply(listen, socket, ["message", (event) => note(socket.url, "received", event.data)]);
    apply(listen, socket, ["close", () => sockets.delete(socket)]);
    return socket;
  };
  const ruleOf = (given) => {
    const url = URL.parse(String(given), document.baseURI);
    if (!url) return null;
    url.protocol = url.protocol.replace("http", "ws");
    if (!/^wss?:$/.test(url.protocol) || url.hash !== "") return null;
    const rule = rules.findLast(({ url: pattern }) => matchesAddress(pattern, url.href));
    return rule ? { rule, url: url.href } : null;
  };
  const Watched = new Proxy(Native, {
    construct(target, args, newTarget) {
      const found = args.length > 0 ? ruleOf(args[0]) : null;
      if (found) return mocked(found.url, args[1], found.rule, newTarget);
      return watch(construct(target, args, newTarget));
    },
  });
  const nativeSend = Native.prototype.send;
  Native.prototype.send = new Proxy(nativeSend, {
    apply(target, socket, args) {
      const result = apply(target, socket, args);
      note(socket.url, "sent", args[0]);
      return result;
    },
  });
  Native.prototype.constructor = Watched;
  Object.defineProperty(globalThis, "WebSocket", { value: Watched, writable: true, configurable: true });
  Object.defineProperty(globalThis, key, { value: { seen, mock: (next) => { rules = next; } } });
}`;
