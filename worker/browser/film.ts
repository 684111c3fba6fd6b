import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { filmMark, frameHead } from "../../db/domain/film.ts";
import { limits } from "../../db/domain/limits.ts";
import type { AttemptContext } from "./context.ts";
import type { Frame, FrameSource } from "./frame-source.ts";

/** Wide enough to read what stands on a page of the usual size. */
const width = 960;
/** What may pass until the browser makes pictures: a step must not wait for it. */
const startMsMax = 1_500;
/** Pictures that wait for the disk; a slow one costs pictures. */
const waitingMax = 8;

/**
 * The pages of an attempt as a film: pictures as the page changes, no more than so many of each second, written to a file as
 * they come. The fuller the file, the fewer are kept of each second, so that a long attempt is there as a whole.
 */
export class Film {
  readonly #source: FrameSource;
  readonly #context: AttemptContext;
  #file: FileHandle | null = null;
  #path = "";
  #bytes = 0;
  #newest: { at: number; data: string } | null = null;
  #lastData = "";
  #lastAt = 0;
  /** When the first picture was made, in epoch milliseconds. */
  startedAt: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isOver = false;

  constructor(context: AttemptContext, source: FrameSource) {
    this.#context = context;
    this.#source = source;
  }

  /** Never throws; when the browser or the disk does not give us what we need, there is no film. */
  async start(): Promise<void> {
    try {
      this.#path = join(await this.#context.folder(), "film");
      this.#file = await open(this.#path, "w");
      await this.#file.write(filmMark);
      await within(startMsMax, this.#source.look(this.#onFrame, width));
    } catch {
      this.#isOver = true;
    }
  }

  /** Ends it. @returns the pictures; null when they are not wanted or there are none */
  async finish(isWanted: boolean): Promise<Uint8Array | null> {
    const isLost = this.#isOver;
    this.#isOver = true;
    if (this.#timer) clearTimeout(this.#timer);
    void this.#source.look(this.#onFrame, 0);
    if (isWanted && !isLost) this.#keepNewest();
    await this.#writing;
    try {
      if (!isWanted || isLost || this.startedAt === null) return null;
      await this.#file?.write(frameHead(Date.now(), 0));
      return new Uint8Array(await readFile(this.#path));
    } catch {
      return null;
    } finally {
      await this.#file?.close().catch(() => undefined);
      if (this.#path !== "") await rm(this.#path, { force: true }).catch(() => undefined);
    }
  }

  readonly #onFrame = ({ data }: Frame): void => {
    // What a tab shows before its first page is nothing of it.
    if (this.#isOver || this.#context.openTab?.commits === 0) {
      this.#source.release();
      return;
    }
    this.#newest = { at: Date.now(), data };
    const waitMs = this.#lastAt + this.#gapMs - Date.now();
    if (waitMs <= 0) this.#keepNewest();
    else this.#timer ??= setTimeout(() => this.#keepNewest(), waitMs);
  };

  /** Doubles when half of the room that was left is used up. */
  get #gapMs(): number {
    const left = Math.max(0.001, 1 - this.#bytes / limits.filmBytesMax);
    return (1_000 / limits.filmFps) * 2 ** Math.floor(-Math.log2(left));
  }

  #keepNewest(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const frame = this.#newest;
    this.#newest = null;
    this.#source.release();
    if (!frame || frame.data === this.#lastData || this.#waiting >= waitingMax) return;
    const jpeg = Buffer.from(frame.data, "base64");
    if (this.#bytes + jpeg.byteLength > limits.filmBytesMax) return;
    this.#lastData = frame.data;
    this.#lastAt = frame.at;
    this.#bytes += jpeg.byteLength;
    this.startedAt ??= frame.at;
    this.#waiting++;
    this.#writing = this.#writing
      .then(async () => {
        await this.#file?.write(Buffer.concat([frameHead(frame.at, jpeg.byteLength), jpeg]));
      })
      .catch(() => {
        // A full disk: what is there is kept, and ends with its last whole picture.
        this.#isOver = true;
      })
      .finally(() => {
        this.#waiting--;
      });
  }
}

async function within(boundMs: number, awaited: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, boundMs);
  await Promise.race([awaited, promise]);
  clearTimeout(timer);
}
