/** The part of a file that a request asks for, both ends included; null: all of it; "unsatisfiable": there is no such part. */
export type ByteRange = { first: number; last: number };

/** Of several ranges, and of what is no range, all of the file is meant: that is allowed and simple. */
export function byteRangeOf(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | null | "unsatisfiable" {
  const [, from = "", to = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "") ?? [];
  if (from === "" && to === "") return null;
  const first = from === "" ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const last = from === "" || to === "" ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  return first > last || first >= sizeBytes ? "unsatisfiable" : { first, last };
}

/** Only these bytes of a stream; it is cancelled after the last of them. */
export function partOf(
  stream: ReadableStream<Uint8Array>,
  { first, last }: ByteRange,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return controller.close();
        const start = at;
        at += value.byteLength;
        const piece = value.subarray(Math.max(0, first - start), Math.max(0, last + 1 - start));
        if (piece.byteLength > 0) controller.enqueue(piece);
        if (at > last) {
          controller.close();
          return reader.cancel();
        }
        if (piece.byteLength > 0) return;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
