import type { Protocol } from "puppeteer";
import type { Script } from "webdriver-bidi-protocol";

type Remote = Script.RemoteValue;
type Known = Map<string, unknown>;

const previewMax = 20;

/** A value that was copied out of the page, as JSON would have brought it. */
export function copyOf(remote: Remote, known: Known = new Map()): unknown {
  const { internalId } = remote as { internalId?: string };
  // What stands in two places is written in the first of them only.
  if (internalId !== undefined && known.has(internalId) && !("value" in remote)) return known.get(internalId);
  const keep = <T>(value: T): T => {
    if (internalId !== undefined) known.set(internalId, value);
    return value;
  };
  switch (remote.type) {
    case "undefined":
      return undefined;
    case "null":
      return null;
    case "string":
    case "boolean":
      return remote.value;
    case "number":
      return numberOf(remote.value);
    case "bigint":
      return remote.value;
    case "date":
      return remote.value;
    case "array":
    case "nodelist":
    case "htmlcollection": {
      const list: unknown[] = keep([]);
      for (const item of remote.value ?? []) list.push(copyOf(item, known));
      return list;
    }
    case "object": {
      const object: Record<string, unknown> = keep({});
      for (const [key, value] of remote.value ?? []) {
        if (typeof key === "string") object[key] = copyOf(value as Remote, known);
      }
      return object;
    }
    default:
      return keep({});
  }
}

function numberOf(value: number | "NaN" | "-0" | "Infinity" | "-Infinity"): number {
  return typeof value === "number" ? value : Number(value);
}

/** The value as the DevTools protocol describes it; `id` is given to what can be held. */
export function objectOf(remote: Remote, id: (handle: string, sharedId: string | null) => string) {
  const object = described(remote);
  if ("handle" in remote && typeof remote.handle === "string") {
    const sharedId = remote.type === "node" ? (remote.sharedId ?? null) : null;
    object.objectId = id(remote.handle, sharedId);
  }
  return object;
}

/** As `objectOf`, for reading alone. */
export function described(remote: Remote): Protocol.Runtime.RemoteObject {
  switch (remote.type) {
    case "undefined":
      return { type: "undefined" };
    case "null":
      return { type: "object", subtype: "null", value: null };
    case "string":
    case "boolean":
      return { type: remote.type, value: remote.value };
    case "number":
      return typeof remote.value === "number"
        ? { type: "number", value: remote.value }
        : { type: "number", unserializableValue: remote.value, description: remote.value };
    case "bigint":
      return { type: "bigint", unserializableValue: `${remote.value}n` };
    case "symbol":
      return { type: "symbol", description: "Symbol()" };
    case "function":
      return { type: "function", description: "function" };
    case "array":
      return listed(
        remote.value?.map((item, index) => [String(index), item]),
        "array",
      );
    case "object":
      return listed(
        remote.value?.map(([key, value]) => [
          typeof key === "string" ? key : text(key as Remote),
          value as Remote,
        ]),
      );
    case "node":
      return { type: "object", subtype: "node", description: nodeText(remote) };
    default:
      return { type: "object", description: text(remote) };
  }
}

function listed(entries: [string, Remote][] | undefined, subtype?: "array"): Protocol.Runtime.RemoteObject {
  if (!entries) return { type: "object", description: subtype === "array" ? "Array" : "Object" };
  const properties = entries.slice(0, previewMax).map(([name, value]) => {
    const type = value.type === "string" ? ("string" as const) : ("object" as const);
    return { name, type, value: text(value) };
  });
  const base = { type: "object" as const, ...(subtype ? { subtype } : {}), description: "Object" };
  return { ...base, preview: { ...base, overflow: entries.length > previewMax, properties } };
}

function text(remote: Remote): string {
  if (remote.type === "string") return remote.value;
  if (remote.type === "regexp") return `/${remote.value.pattern}/${remote.value.flags ?? ""}`;
  if (remote.type === "array") return `Array(${remote.value?.length ?? 0})`;
  if (remote.type === "node") return nodeText(remote);
  if ("value" in remote && typeof remote.value !== "object") return String(remote.value);
  return remote.type === "null" || remote.type === "undefined"
    ? remote.type
    : `${remote.type[0]?.toUpperCase()}${remote.type.slice(1)}`;
}

function nodeText({ value }: Script.NodeRemoteValue): string {
  if (!value?.localName) return "#node";
  const id = value.attributes?.id;
  return `${value.localName}${id ? `#${id}` : ""}`;
}

/** What was thrown, as the DevTools protocol tells it. */
export function exceptionOf(details: Script.ExceptionDetails): Protocol.Runtime.ExceptionDetails {
  const { exception, text: said, lineNumber, columnNumber, stackTrace } = details;
  const isPrimitive = "value" in exception && typeof exception.value !== "object";
  const frames = stackTrace.callFrames.map(
    ({ functionName, url, lineNumber: line, columnNumber: column }) =>
      `\n    at ${functionName || "<anonymous>"} (${url}:${line + 1}:${column + 1})`,
  );
  return {
    exceptionId: 0,
    text: "Uncaught",
    lineNumber,
    columnNumber,
    exception: isPrimitive
      ? described(exception)
      : { type: "object", subtype: "error", description: `${said}${frames.join("")}` },
  };
}
