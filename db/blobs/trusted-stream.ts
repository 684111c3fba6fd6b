import { createHash } from "node:crypto";

const idleMsMax = 30_000;

/**
 * The same bytes, as long as they are the right ones: fails, and does not end, when there are too many or too few, when they
 * are others than were stored, or when nothing comes for half a minute.
 * @param sha256 null when it is not known
 */
export function trustedStream(
  source: ReadableStream<Uint8Array>,
  { sizeBytes, sha256 }: { sizeBytes: number; sha256: string | null },
  idleMs: number = idleMsMax,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  const hash = createHash("sha256");
  let seen = 0;
  const check = (isEnd: boolean) => {
    if (seen > sizeBytes || (isEnd && seen < sizeBytes)) {
      throw new Error(`the store gave ${isEnd ? "" : "more than "}${seen} bytes instead of ${sizeBytes}`);
    }
    if (isEnd && sha256 !== null && hash.digest("hex") !== sha256) {
      throw new Error("the store gave other bytes than were stored: the checksum is wrong");
    }
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await within(idleMs, reader.read());
          if (value) {
            seen += value.byteLength;
            hash.update(value);
          }
          check(done);
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          controller.error(error);
          await reader.cancel(error).catch(() => undefined);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the store sent nothing for ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
