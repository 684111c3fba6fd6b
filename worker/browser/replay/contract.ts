/** What the thread and the recorder, which lives in the isolated world of every document, say to each other. */

/** The binding exists in the isolated world only: no script of a page can call it. */
export const bindingName = "__verdictReplayed";

/** One call of the binding: a text of JSON. `part` counts the calls of one recorder from 0. */
export type Recorded = {
  /** The recorder: one for each document that records itself. */
  document: string;
  part: number;
  /** Whether this document is shown in the tab itself and not in a frame of another document. */
  isTop: boolean;
  events: unknown[];
  /** Set once, with the last call: nothing more comes, and why. */
  ended?: RecorderEnd;
};

export type RecorderEnd = "too-many-elements" | "too-much" | "failed";

/** What the recorder puts on the global object of its world. */
export type PageRecorder = {
  /** As in `Recorded`. */
  document: string;
  /** Says what is waiting now, and what changed without having been noticed. */
  flush(): void;
  /** While on, whatever field takes a value is remembered as secret: its value is never said, then or later. */
  secretive(isOn: boolean): void;
  /** To be told of every event by which a field takes a value, of frames that this recorder looks into as well. */
  took(event: Event): void;
  /** The recorder's number of an element; -1 when it has none. */
  idOf(element: Element): number;
  /** Says the whole document again. */
  snapshot(): void;
  /** Says nothing more. */
  stop(): void;
};

export const recorderLimits = {
  /** Elements of a document from which on it is not recorded. */
  elementsMax: 30_000,
  /** Characters of one document's recording, over its whole life. */
  documentCharsMax: 8_000_000,
  /** Characters of one event; a call of the binding holds at least one. */
  eventCharsMax: 4_000_000,
  callCharsMax: 128_000,
  flushMs: 50,
  /** How often changes that leave no trace in the tree are looked for, and how many times a document is said again for them. */
  driftMs: 500,
  driftSnapshotsMax: 30,
} as const;
