/** What is asked of the thread that works on pictures. All of them are PNG. */

/** In pixels of the picture. */
export type PixelBox = { x: number; y: number; width: number; height: number };

export type PixelTask =
  /** The same picture with these parts painted over. */
  | { kind: "paint"; picture: Uint8Array; boxes: readonly PixelBox[] }
  | { kind: "compare"; actual: Uint8Array; expected: Uint8Array; threshold: number };

export type PixelSize = { width: number; height: number };

export type Comparison = {
  actual: PixelSize;
  expected: PixelSize;
  /** How many pixels differ; where one picture is larger, the other one is transparent. */
  pixels: number;
  /** Of all pixels, those of the larger width and height. */
  ratio: number;
  /** The picture faded, with what differs in red; null when nothing does. */
  diff: Uint8Array | null;
};

export type PixelAnswer<K extends PixelTask["kind"]> = { paint: Uint8Array; compare: Comparison }[K];

export type ToPixels = { id: number; task: PixelTask };
export type FromPixels =
  | { id: number; answer: PixelAnswer<PixelTask["kind"]> }
  /** `picture`: it is none that can be compared, for a person; `fault`: of ours. */
  | { id: number; failed: "picture" | "fault"; message: string };
