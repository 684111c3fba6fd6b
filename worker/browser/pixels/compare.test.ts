import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { decode, encode } from "fast-png";
import { compared, PictureRefused, painted } from "./compare.ts";

type Colour = readonly [number, number, number, number?];

/** A picture of one colour, with single pixels of others. */
function picture(width: number, height: number, colour: Colour, dots: Record<number, Colour> = {}) {
  const channels = colour.length;
  const data = new Uint8Array(width * height * channels);
  for (let at = 0; at < width * height; at++) data.set([...(dots[at] ?? colour)] as number[], at * channels);
  return encode({ width, height, data, channels: channels as 3 | 4, depth: 8 });
}

const white = [255, 255, 255] as const;
const black = [0, 0, 0] as const;

test("the same picture differs in nothing, also where one file has an alpha channel", () => {
  const seen = compared(picture(8, 4, white), picture(8, 4, [255, 255, 255, 255]), 0);
  assert.deepEqual(seen, {
    actual: { width: 8, height: 4 },
    expected: { width: 8, height: 4 },
    pixels: 0,
    ratio: 0,
    diff: null,
  });
});

test("what differs is counted, as a part of all, and is red in the picture of the difference", () => {
  const seen = compared(
    picture(8, 4, white, { 9: black, 10: black, 17: black, 18: black }),
    picture(8, 4, white),
    0.1,
  );
  assert.equal(seen.pixels, 4);
  assert.equal(seen.ratio, 4 / 32);
  assert.ok(seen.diff);
  const diff = decode(seen.diff);
  assert.deepEqual([...diff.data.slice(9 * 4, 9 * 4 + 4)], [255, 0, 0, 255]);
  assert.notDeepEqual([...diff.data.slice(0, 4)], [255, 0, 0, 255]);
});

test("a difference below the threshold is none", () => {
  const [a, b] = [picture(6, 6, [200, 200, 200]), picture(6, 6, [205, 205, 205])];
  assert.equal(compared(a, b, 0.1).pixels, 0);
  assert.equal(compared(a, b, 0).pixels, 36);
});

test("pictures of other sizes are compared on the larger area, and have a difference", () => {
  const seen = compared(picture(4, 6, white), picture(8, 4, white), 0.1);
  assert.deepEqual(
    [seen.actual, seen.expected],
    [
      { width: 4, height: 6 },
      { width: 8, height: 4 },
    ],
  );
  assert.ok(seen.diff);
  const { width, height } = decode(seen.diff);
  assert.deepEqual([width, height], [8, 6]);
});

test("parts are painted over in whole pixels, and outside of the picture nothing is", () => {
  const boxes = [
    { x: 1.4, y: 0.9, width: 1.2, height: 1 },
    { x: -5, y: 3, width: 6, height: 50 },
    { x: 100, y: 100, width: 5, height: 5 },
  ];
  const { data, width, height } = decode(painted(picture(5, 4, white), boxes));
  assert.deepEqual([width, height], [5, 4]);
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (data[(y * width + x) * 4 + 1] === 0 ? "x" : ".")).join(""),
  );
  assert.deepEqual(rows, [".xx..", ".xx..", ".....", "x...."]);
});

test("a file that claims to be a huge picture is refused before it is unpacked", () => {
  const huge = picture(4, 4, white);
  new DataView(huge.buffer, huge.byteOffset).setUint32(16, 60_000);
  new DataView(huge.buffer, huge.byteOffset).setUint32(20, 60_000);
  assert.throws(() => painted(huge, []), {
    message: "a picture of 60000 × 60000 pixels is too large to be compared: at most 16 million pixels are",
  });
});

test("a file that is no picture is refused in words", () => {
  assert.throws(() => painted(new Uint8Array(10), []), PictureRefused);
  assert.throws(() => painted(new Uint8Array(deflateSync(Buffer.alloc(200))), []), PictureRefused);
  const cut = picture(40, 40, white).slice(0, 60);
  assert.throws(() => painted(cut, []), { message: "the file is no PNG picture that can be read" });
});
