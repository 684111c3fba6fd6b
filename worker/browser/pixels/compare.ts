import { decode, encode } from "fast-png";
import pixelmatch from "pixelmatch";
import { limits } from "../../../db/domain/limits.ts";
import type { Comparison, PixelBox } from "./contract.ts";

type Image = { width: number; height: number; data: Uint8Array };

/** What is painted over: a colour that pages hardly have, so that it is seen for what it is. */
const paint = [255, 0, 255, 255] as const;
/** Small files are not worth their time: pictures that differ are looked at once. */
const zlib = { level: 4 } as const;

/** A picture that can't be compared: the words are for a person. */
export class PictureRefused extends Error {}

/** @throws PictureRefused */
export function painted(picture: Uint8Array, boxes: readonly PixelBox[]): Uint8Array {
  const image = read(picture);
  const pixels = new Uint32Array(image.data.buffer);
  const [colour = 0] = new Uint32Array(Uint8Array.from(paint).buffer);
  for (const box of boxes) {
    const [left, right] = span(box.x, box.width, image.width);
    const [top, bottom] = span(box.y, box.height, image.height);
    for (let y = top; y < bottom; y++) {
      pixels.fill(colour, y * image.width + left, y * image.width + Math.max(left, right));
    }
  }
  return write(image);
}

/** The whole pixels that a part lies in, none of them outside of the picture. */
function span(start: number, length: number, most: number): [number, number] {
  const bound = (value: number) => Math.min(most, Math.max(0, value));
  return [bound(Math.floor(start)), bound(Math.ceil(start + length))];
}

/**
 * Compares as an eye would: by perceived colour, and without pixels that only smooth an edge.
 * @param threshold 0 (any difference) to 1 (black and white)
 * @throws PictureRefused
 */
export function compared(actual: Uint8Array, expected: Uint8Array, threshold: number): Comparison {
  const [a, b] = [read(actual), read(expected)];
  const width = Math.max(a.width, b.width);
  const height = Math.max(a.height, b.height);
  requireSize(width, height);
  const diff = new Uint8Array(width * height * 4);
  const pixels = pixelmatch(spread(b, width, height), spread(a, width, height), diff, width, height, {
    threshold,
  });
  const isLarger = a.width !== b.width || a.height !== b.height;
  return {
    actual: { width: a.width, height: a.height },
    expected: { width: b.width, height: b.height },
    pixels,
    ratio: pixels / (width * height),
    diff: pixels > 0 || isLarger ? write({ width, height, data: diff }) : null,
  };
}

function read(png: Uint8Array): Image {
  // Before anything is unpacked: a small file may claim to be a huge picture.
  if (png.byteLength < 24) throw new PictureRefused("the file is no PNG picture");
  const header = new DataView(png.buffer, png.byteOffset, png.byteLength);
  requireSize(header.getUint32(16), header.getUint32(20));
  let image: ReturnType<typeof decode>;
  try {
    image = decode(png);
  } catch (error) {
    throw new PictureRefused("the file is no PNG picture that can be read", { cause: error });
  }
  const { width, height, channels, depth, data } = image;
  if (depth !== 8 || (channels !== 3 && channels !== 4)) {
    throw new PictureRefused(`a picture of ${channels} channels of ${depth} bits can't be compared`);
  }
  return { width, height, data: channels === 4 ? ownBytes(data) : withAlpha(data, width * height) };
}

function requireSize(width: number, height: number): void {
  if (width > 0 && height > 0 && width * height <= limits.snapshotPixelsMax) return;
  throw new PictureRefused(
    `a picture of ${width} × ${height} pixels is too large to be compared: at most ${limits.snapshotPixelsMax / 1e6} million pixels are`,
  );
}

/** In a buffer of their own that begins with them, so that they can be seen as whole pixels. */
function ownBytes(data: ArrayLike<number>): Uint8Array {
  return new Uint8Array(data);
}

function withAlpha(rgb: ArrayLike<number>, pixels: number): Uint8Array {
  const rgba = new Uint8Array(pixels * 4);
  for (let from = 0, to = 0; to < rgba.length; from += 3, to += 4) {
    rgba[to] = rgb[from] ?? 0;
    rgba[to + 1] = rgb[from + 1] ?? 0;
    rgba[to + 2] = rgb[from + 2] ?? 0;
    rgba[to + 3] = 255;
  }
  return rgba;
}

/** On a larger area, nothing beyond it. */
function spread(image: Image, width: number, height: number): Uint8Array {
  if (image.width === width && image.height === height) return image.data;
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 4, (y + 1) * image.width * 4);
    data.set(row, y * width * 4);
  }
  return data;
}

function write({ width, height, data }: Image): Uint8Array {
  return encode({ width, height, data, channels: 4, depth: 8 }, { zlib });
}
