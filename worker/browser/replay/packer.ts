import { once } from "node:events";
import { promisify } from "node:util";
import { createGzip, type Gzip, gzip } from "node:zlib";

/** What is kept as it is until it is known whether it is wanted at all. */
const plainCharsMax = 1_000_000;
const options = { level: 3 };

/** Lines, compressed as they come once there are many; a few are compressed at the end, and only if they are wanted. */
export class Packer {
  #plain: string[] = [];
  #plainChars = 0;
  #gzip: Gzip | null = null;
  #chunks: Uint8Array[] = [];

  add(line: string): void {
    this.#plain.push(line);
    this.#plainChars += line.length;
    if (this.#plainChars <= plainCharsMax) return;
    this.#gzip ??= this.#open();
    this.#gzip.write(this.#take());
  }

  /** All lines; to be called once. */
  async bytes(): Promise<Uint8Array> {
    if (this.#gzip === null) return new Uint8Array(await promisify(gzip)(this.#take(), options));
    this.#gzip.end(this.#take());
    if (!this.#gzip.readableEnded) await once(this.#gzip, "end");
    return new Uint8Array(Buffer.concat(this.#chunks));
  }

  drop(): void {
    this.#plain = [];
    this.#chunks = [];
    this.#gzip?.destroy();
  }

  #open(): Gzip {
    const stream = createGzip(options);
    stream.on("data", (chunk: Uint8Array) => this.#chunks.push(chunk));
    return stream;
  }

  #take(): string {
    const text = this.#plain.join("");
    this.#plain = [];
    this.#plainChars = 0;
    return text;
  }
}
