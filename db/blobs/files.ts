import { randomUUID } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import type { BlobDriver } from "../blobs.ts";
import { segmentsOf } from "./keys.ts";

type Facts = { contentType: string; sha256: string; sizeBytes: number };

/** What is known of an object beside its bytes. A key's segment can't begin with a dot, so the name is free. */
const factsName = (path: string) => join(dirname(path), `.${path.slice(dirname(path).length + 1)}.json`);

/** Objects as files below a directory. A file appears whole or not at all, whatever is killed. */
export function openFileBlobs(directory: string): BlobDriver {
  const pathOf = (key: string) => join(directory, ...segmentsOf(key));
  const store: BlobDriver = {
    async put(key, bytes, { contentType, sha256 }, signal) {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true });
      const facts = JSON.stringify({ contentType, sha256, sizeBytes: bytes.byteLength });
      await write(factsName(path), Buffer.from(facts), signal);
      await write(path, bytes, signal);
    },
    async get(key) {
      const path = pathOf(key);
      if (!(await exists(path))) return null;
      const facts = JSON.parse(await readFile(factsName(path), "utf8")) as Facts;
      const stream = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
      // The size that it should have: a file that was cut or changed behind our back is noticed by who reads it.
      return { stream, sizeBytes: facts.sizeBytes, contentType: facts.contentType, sha256: facts.sha256 };
    },
    async delete(key) {
      const path = pathOf(key);
      await rm(path, { force: true });
      await rm(factsName(path), { force: true });
    },
    async putAt(key) {
      return (await statOf(pathOf(key)))?.mtimeMs ?? null;
    },
    async check(signal) {
      const key = `check/${randomUUID()}`;
      await store.put(
        key,
        new Uint8Array([1]),
        { contentType: "application/octet-stream", sha256: "" },
        signal,
      );
      await store.delete(key, signal);
    },
    close() {},
  };
  return store;
}

/** Under another name first, on the disk before it gets its own: a reader never sees a part of it. */
async function write(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const draft = join(dirname(path), `.${randomUUID()}.draft`);
  try {
    const file = await open(draft, "wx", 0o640);
    try {
      await file.writeFile(bytes, { signal });
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

async function exists(path: string): Promise<boolean> {
  return (await statOf(path)) !== null;
}

async function statOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
