import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import type { BlobStore } from "../blobs.ts";
import { segmentsOf } from "./keys.ts";

/** What is known of an object beside its bytes. A key's segment can't begin with a dot, so the name is free. */
const factsName = (path: string) => join(dirname(path), `.${path.slice(dirname(path).length + 1)}.json`);

/** Objects as files below a directory. A file appears whole or not at all, whatever is killed. */
export function openFileBlobs(directory: string): BlobStore {
  const pathOf = (key: string) => join(directory, ...segmentsOf(key));
  const store: BlobStore = {
    async put(key, bytes, { contentType, sha256 }) {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true });
      const facts = JSON.stringify({ contentType, sha256, sizeBytes: bytes.byteLength });
      await write(factsName(path), Buffer.from(facts));
      await write(path, bytes);
    },
    async get(key) {
      const path = pathOf(key);
      const size = await sizeOf(path);
      if (size === null) return null;
      const facts = JSON.parse(await readFile(factsName(path), "utf8")) as { contentType: string };
      const stream = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
      return { stream, sizeBytes: size, contentType: facts.contentType };
    },
    async delete(key) {
      const path = pathOf(key);
      await rm(path, { force: true });
      await rm(factsName(path), { force: true });
    },
    async check() {
      const key = `check/${randomUUID()}`;
      await store.put(key, new Uint8Array([1]), { contentType: "application/octet-stream", sha256: "" });
      await store.delete(key);
    },
    close() {},
  };
  return store;
}

/** Under another name first, on the disk before it gets its own: a reader never sees a part of it. */
async function write(path: string, bytes: Uint8Array): Promise<void> {
  const draft = join(dirname(path), `.${randomUUID()}.draft`);
  try {
    const file = await open(draft, "wx", 0o640);
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    const { size } = await stat(path);
    return size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
