import type { Protocol } from "puppeteer";
import type { Script } from "webdriver-bidi-protocol";
import { copyOf, exceptionOf, objectOf } from "../remote-value.ts";
import type { FirefoxSession } from "../session.ts";
import type { Table } from "./table.ts";

/** What we hold of a page: the world it is held in, by which handle and, for an element, by which name of its own. */
type Held = { realm: string; handle: string; sharedId: string | null };

function heldOf(objectId: string): Held {
  // Made by `objectIdOf`, and handed back as it was.
  return JSON.parse(objectId) as Held;
}

function objectIdOf(held: Held): string {
  return JSON.stringify(held);
}

/** Numbers of elements, for a protocol that knows them by numbers. */
const nodeNumbers = new WeakMap<FirefoxSession, Map<number, string>>();
let lastNode = 0;

function answerOf(answer: Script.EvaluateResult, isByValue: boolean): Protocol.Runtime.EvaluateResponse {
  if (answer.type === "exception") {
    return { result: { type: "undefined" }, exceptionDetails: exceptionOf(answer.exceptionDetails) };
  }
  const { result, realm } = answer;
  if (!isByValue) {
    return { result: objectOf(result, (handle, sharedId) => objectIdOf({ realm, handle, sharedId })) };
  }
  return { result: { type: typeOf(result), value: copyOf(result) } };
}

function typeOf({ type }: Script.RemoteValue): Protocol.Runtime.RemoteObject["type"] {
  return type === "string" || type === "number" || type === "boolean" || type === "undefined"
    ? type
    : "object";
}

const ownership = (isByValue: boolean) => (isByValue ? "none" : "root") as Script.ResultOwnership;

export const runtimeCommands: Table<
  | "DOM.describeNode"
  | "DOM.getFrameOwner"
  | "DOM.resolveNode"
  | "Runtime.callFunctionOn"
  | "Runtime.compileScript"
  | "Runtime.enable"
  | "Runtime.evaluate"
  | "Runtime.releaseObject"
  | "Runtime.terminateExecution"
> = {
  "Runtime.enable": ({ realms }) => realms.look(),
  "Runtime.evaluate": async ({ page, connection }, params) => {
    const { expression, uniqueContextId, awaitPromise = false, returnByValue = false, userGesture } = params;
    const answer = await connection.send("script.evaluate", {
      expression,
      target: uniqueContextId === undefined ? { context: page.id } : { realm: uniqueContextId },
      awaitPromise,
      resultOwnership: ownership(returnByValue),
      ...(userGesture ? { userActivation: true } : {}),
    });
    return answerOf(answer, returnByValue);
  },
  "Runtime.callFunctionOn": async ({ connection }, params) => {
    const { functionDeclaration, objectId, awaitPromise = false, returnByValue = false } = params;
    const { realm, handle } = heldOf(objectId);
    const answer = await connection.send("script.callFunction", {
      functionDeclaration,
      this: { handle },
      arguments: (params.arguments ?? []).map(({ value }) => localOf(value)),
      target: { realm },
      awaitPromise,
      resultOwnership: ownership(returnByValue),
    });
    return answerOf(answer, returnByValue);
  },
  /** The script is an expression that makes a function: to evaluate it is to compile it, and calls nothing. */
  "Runtime.compileScript": async ({ page, connection }, { expression }) => {
    const answer = await connection.send("script.evaluate", {
      expression,
      target: { context: page.id },
      awaitPromise: false,
    });
    return answer.type === "exception" ? { exceptionDetails: exceptionOf(answer.exceptionDetails) } : {};
  },
  "Runtime.releaseObject": async ({ connection }, { objectId }) => {
    const { realm, handle } = heldOf(objectId);
    await connection.send("script.disown", { handles: [handle], target: { realm } });
  },
  "Runtime.terminateExecution": async ({ page }) => {
    page.context.hasHung = true;
  },
  "DOM.describeNode": async ({ connection }, { objectId }) => {
    const { realm, handle } = heldOf(objectId);
    const answer = await connection.send("script.callFunction", {
      functionDeclaration: "function () { return [this.localName, this.contentWindow ?? null]; }",
      this: { handle },
      target: { realm },
      awaitPromise: false,
    });
    const [name, frame] =
      answer.type === "success" && answer.result.type === "array" ? (answer.result.value ?? []) : [];
    return {
      node: {
        localName: name?.type === "string" ? name.value : "",
        ...(frame?.type === "window" ? { frameId: frame.value.context } : {}),
      },
    };
  },
  "DOM.getFrameOwner": async (session, { frameId }) => {
    const { page, connection } = session;
    const parent = page.frames.get(frameId)?.parent;
    if (!parent) throw new Error("target closed: the frame has no document around it");
    const { nodes } = await connection.send("browsingContext.locateNodes", {
      context: parent,
      locator: { type: "context", value: { context: frameId } },
    });
    const sharedId = nodes[0]?.sharedId;
    if (sharedId === undefined) throw new Error("target closed: the element of the frame is gone");
    const numbers = nodeNumbers.get(session) ?? new Map<number, string>();
    nodeNumbers.set(session, numbers);
    numbers.set(++lastNode, sharedId);
    return { backendNodeId: lastNode };
  },
  "DOM.resolveNode": async (session, { backendNodeId, executionContextId }) => {
    const sharedId = nodeNumbers.get(session)?.get(backendNodeId);
    nodeNumbers.get(session)?.delete(backendNodeId);
    const realm = session.realms.byNumber(executionContextId);
    if (sharedId === undefined || realm === null) throw new Error("target closed: no such element");
    const answer = await session.connection.send("script.callFunction", {
      functionDeclaration: "(element) => element",
      arguments: [{ sharedId }],
      target: { realm },
      awaitPromise: false,
      resultOwnership: "root",
    });
    return { object: answerOf(answer, false).result };
  },
};

function localOf(value: unknown): Script.LocalValue {
  if (value === null) return { type: "null" };
  switch (typeof value) {
    case "string":
      return { type: "string", value };
    case "boolean":
      return { type: "boolean", value };
    case "number":
      return Number.isFinite(value) ? { type: "number", value } : { type: "number", value: "Infinity" };
    default:
      return { type: "undefined" };
  }
}

/** The name by which Firefox knows an element in every world. @throws when the object is no element */
export function sharedIdOf(objectId: string): string {
  const { sharedId } = heldOf(objectId);
  if (sharedId === null) throw new Error("the object is no element");
  return sharedId;
}
