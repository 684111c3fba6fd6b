import { AppError, invalidInput } from "../../db/domain/errors.ts";
import type { AppContext } from "../deps.ts";

const depthMax = 64;

/**
 * The body as JSON.
 * @throws AppError `unsupported-media-type` for another content type, which is also what a form of another site could send;
 * `invalid-input` with the path "" for text that is not JSON, and with its own for a string that can't be stored
 */
export async function readJson(c: AppContext, isOptional: boolean): Promise<unknown> {
  const type = c.req.header("Content-Type");
  if (type !== undefined && !/^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(type)) {
    throw new AppError(
      "unsupported-media-type",
      `the content type "${type.slice(0, 100)}" is not application/json`,
    );
  }
  const text = await c.req.text();
  if (text === "") {
    if (isOptional) return {};
    throw invalidInput([{ path: "", message: "a JSON body is needed" }]);
  }
  if (type === undefined) throw new AppError("unsupported-media-type", "send Content-Type: application/json");
  const value = parse(text);
  // Only escapes can bring in what neither UTF-8 nor the database holds.
  if (/\\u(?:0000|d[89a-f])/i.test(text)) refuseUnstorable(value, []);
  return value;
}

function parse(text: string): unknown {
  if (isTooDeep(text)) throw invalidInput([{ path: "", message: `nested deeper than ${depthMax} levels` }]);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("invalid-input", "the body is not JSON", {
      cause,
      errors: [{ path: "", message: `not JSON: ${(cause as Error).message}` }],
    });
  }
}

/** Checked before anything recursive sees it. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (isInString) {
      if (char === 0x5c) i++;
      else if (char === 0x22) isInString = false;
    } else if (char === 0x22) isInString = true;
    else if (char === 0x7b || char === 0x5b) {
      if (++depth > depthMax) return true;
    } else if (char === 0x7d || char === 0x5d) depth--;
  }
  return false;
}

function refuseUnstorable(value: unknown, path: readonly string[]): void {
  if (typeof value === "string") {
    if (value.isWellFormed() && !value.includes("\0")) return;
    const message = "must not contain U+0000 or half of a surrogate pair";
    throw invalidInput([{ path: path.join("."), message }]);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    refuseUnstorable(key, [...path, key]);
    refuseUnstorable(item, [...path, key]);
  }
}
