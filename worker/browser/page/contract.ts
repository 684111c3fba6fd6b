import type { AriaSnapshot } from "../../../db/domain/aria-snapshot.ts";
import type { Failure } from "../../../db/domain/events.ts";
import type { LocatorPart } from "../../../db/domain/locators.ts";
import type { PageBox, Pointed } from "./pointing.ts";
import type { SecretFields } from "./secrets.ts";

/**
 * What the thread asks of the script that it keeps in an isolated world of every frame. One request is one round trip: the
 * page itself looks, waits and answers, woken by mutations, input, transitions and scrolling, with a slow poll behind.
 */
export type PageRequest = {
  /** Alternatives in order of preference; frame parts have been taken off, so all of them are meant in this document. */
  locators: PageLocator[];
  want: Want;
  /** How long the page may wait for it. The thread cuts it off a little later in any case. */
  timeoutMs: number;
  /** The time that the step was given, for messages: some of it may have passed before this request. */
  statedMs?: number;
};

/** `index` is the place of the locator in the step's target; `source` its text, for messages. */
export type PageLocator = { index: number; source: string; parts: LocatorPart[] };

export type TextExpectation = { text: string; match: "contains" | "exact" | "regex"; ignoreCase: boolean };

/** What must hold. Waiting ends when it does; with `not`, when the opposite does. */
export type Want =
  /**
   * Exactly one element, in a state in which a person could act on it; scrolled into view. `isShy`: what the page would do itself
   * is not done when it had to be waited for, so that the thread can picture the page as it is now.
   */
  | { kind: "act"; act: Act; position: { x: number; y: number } | null; isShy?: boolean }
  /** Exactly one element that is attached. */
  | { kind: "element" }
  | {
      kind: "state";
      state:
        | "visible"
        | "hidden"
        | "attached"
        | "detached"
        | "enabled"
        | "checked"
        | "editable"
        | "focused"
        | "empty";
      not: boolean;
    }
  | { kind: "text"; expected: TextExpectation; not: boolean }
  | { kind: "value"; expected: TextExpectation; not: boolean }
  | { kind: "attribute"; attribute: string; expected: TextExpectation | null; not: boolean }
  | { kind: "property"; property: string; value: unknown; not: boolean }
  /** `contains`: all of the names among others; `exact`: just these, in any order. */
  | { kind: "class"; expected: { text: string; match: "contains" | "exact" | "regex" }; not: boolean }
  | { kind: "css"; property: string; expected: TextExpectation; not: boolean }
  /** Null: any part of it. */
  | { kind: "inViewport"; ratio: number | null; not: boolean }
  | { kind: "aria"; snapshot: AriaSnapshot; not: boolean }
  | { kind: "count"; comparison: "==" | ">=" | "<=" | ">" | "<"; count: number; not: boolean }
  | {
      kind: "url";
      expected: { url: string; match: "contains" | "exact" | "regex" | "pattern" };
      not: boolean;
    }
  | { kind: "title"; expected: TextExpectation; not: boolean }
  | {
      kind: "matching";
      attributes: Record<string, string>;
      properties: Record<string, unknown>;
      visible: boolean | null;
      comparison: "==" | ">=" | "<=" | ">" | "<";
      count: number;
    };

export type Act =
  /** visible, stable for two frames, enabled, receives the event at the point: answers with that point. */
  | { type: "point" }
  /** As `point`, without enabled: for hover and for the ends of a drag. */
  | { type: "hover" }
  /** visible, enabled, editable: done in the page (focus, select all, set, input and change events). */
  | { type: "fill"; value: string; isSecret?: boolean }
  /** visible, enabled: takes the focus, so that the thread can send keys. */
  | { type: "focus"; isSecret?: boolean }
  | { type: "blur" }
  | { type: "dispatch"; event: string; init: Record<string, unknown> }
  /** Files in the page, for what the browser itself would tell wrong: their type. */
  | { type: "giveFiles"; files: { name: string; mimeType: string; base64: string }[] }
  | { type: "select"; options: string[] }
  /** Says whether a click is still needed: answers with `done: true` when it has the wanted state already. */
  | { type: "toggle"; checked: boolean }
  | { type: "scrollIntoView" }
  | { type: "scrollTo"; x: number | null; y: number | null }
  /** Marks the file input (also behind its label) so that the thread can find it: see `elementToken`. */
  | { type: "fileInput"; files: number }
  | { type: "read"; attribute: string | null };

export type PageReply =
  | {
      ok: true;
      /** The alternative that found it; null where no element was asked for. */
      locator: { index: number; source: string } | null;
      matches: number;
      /** In CSS pixels of this frame's viewport. */
      box: { x: number; y: number; width: number; height: number } | null;
      /** Where to press, in CSS pixels of this frame's viewport. */
      point: { x: number; y: number } | null;
      /** `toggle`: nothing is left to do. */
      done: boolean;
      /** Of an act: it could not be done at the first look, so the page has changed since. */
      waited: boolean;
      /** `read`: what was read. */
      text: string | null;
      /** Name of the element in `__verdict.elements`, for the thread to fetch it as a remote object; null where none was found. */
      elementToken: string | null;
    }
  | {
      ok: false;
      failure: Failure;
      /** The one element that was found and would not do, and where it was then, in CSS pixels of this frame's viewport. */
      found: { locator: { index: number; source: string }; box: PageBox } | null;
    };

/**
 * The codes of the page's failures. `wrong-element`: the element is of another kind than the step needs; `wrong-value`: the
 * field can't hold the value; `invalid-locator`, `invalid-pattern`: the request itself is at fault.
 */
export type PageFailureCode =
  | "target-not-found"
  | "ambiguous-target"
  | "not-visible"
  | "not-stable"
  | "not-enabled"
  | "not-editable"
  | "covered"
  | "option-not-found"
  | "wrong-element"
  | "wrong-value"
  | "not-multiple"
  | "assertion-failed"
  | "invalid-locator"
  | "invalid-pattern";

/** What the script puts on the global object of its world. */
export type PageEngine = {
  run(request: PageRequest): Promise<PageReply>;
  /** Elements that a reply named by token; emptied when the next request starts. */
  elements: Map<string, Element>;
  secrets: SecretFields;
  /** What is at a point of this document's view, for a person who points at it. */
  pointAt(x: number, y: number): Pointed | null;
  /** @throws a DOMException or InvalidRequest for a selector that is none */
  boxesOf(parts: readonly LocatorPart[]): { matches: number; boxes: PageBox[] };
  /** All elements that match now. @throws as `boxesOf` */
  find(parts: readonly LocatorPart[]): Element[];
  /** Resolves with the next change of the document after a moment of `performance.now()`, or after so many milliseconds. */
  changeSince(moment: number, waitMs: number): Promise<void>;
  /** Holds still for a picture, until `move`. @throws as `boxesOf` */
  still(masked: readonly (readonly LocatorPart[])[], masksMax: number): Promise<PageBox[]>;
  move(): void;
  /**
   * Why the press that was made since the last `point` was not let through: something had come over the element. Null when it
   * was, or when none came. The next press is not watched any more.
   */
  missed(): string | null;
};
