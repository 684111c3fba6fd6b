/**
 * The pictures of a film as they are stored: a mark of eight characters, then for each picture the time of its making (epoch
 * milliseconds, a double), the length of its JPEG (32 bits) and the JPEG; all little-endian. The last record has no JPEG: its time
 * is the end. `web/static/player.js` reads the same.
 */
export const filmMark = "VERDICTF";
const headBytes = 12;

export type Frame = { at: number; jpeg: Uint8Array };
export type Film = { frames: Frame[]; endsAt: number };

/** The head of one record; its JPEG follows. */
export function frameHead(at: number, jpegBytes: number): Uint8Array {
  const head = new Uint8Array(headBytes);
  const view = new DataView(head.buffer);
  view.setFloat64(0, at, true);
  view.setUint32(8, jpegBytes, true);
  return head;
}

/** Null for what is no film; one that was cut off ends with its last whole picture. */
export function readFilm(bytes: Uint8Array): Film | null {
  const mark = new TextDecoder().decode(bytes.subarray(0, filmMark.length));
  if (mark !== filmMark) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Frame[] = [];
  let endsAt = 0;
  let at = filmMark.length;
  while (at + headBytes <= bytes.byteLength) {
    const time = view.getFloat64(at, true);
    const length = view.getUint32(at + 8, true);
    if (!Number.isFinite(time) || at + headBytes + length > bytes.byteLength) break;
    endsAt = Math.max(endsAt, time);
    at += headBytes;
    if (length === 0) break;
    frames.push({ at: endsAt, jpeg: bytes.subarray(at, at + length) });
    at += length;
  }
  return frames.length === 0 ? null : { frames, endsAt };
}
