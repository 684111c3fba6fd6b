import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { ReadableStream } from "node:stream/web";
import { promisify } from "node:util";
import { openS3Blobs } from "../../db/blobs/s3.ts";
import { startS3 } from "../testing/s3.ts";
import { randomOf } from "./random.ts";
import { StoreProxy } from "./store-proxy.ts";

const execute = promisify(execFile);

/** `disk`: a folder that is a small disk of its own. `s3`: a real server behind a proxy that can spoil what passes. */
export type StorageKind = "folder" | "disk" | "s3";

/** Where an installation under test keeps its artifacts, and how the checker reads them: past everything that lies. */
export type LabStorage = {
  /** For its processes. */
  env: Readonly<Record<string, string>>;
  proxy: StoreProxy | null;
  read(key: string): Promise<Uint8Array | null>;
  close(): Promise<void>;
};

const diskBytes = 64_000_000;

export async function openStorage(kind: StorageKind, folder: string): Promise<LabStorage> {
  if (kind === "s3") return behindProxy();
  mkdirSync(folder);
  if (kind === "disk") await execute("mount", ["-t", "tmpfs", "-o", `size=${diskBytes}`, "tmpfs", folder]);
  return {
    env: {},
    proxy: null,
    read: (key) => readFile(join(folder, key)).catch(() => null),
    async close() {
      if (kind === "disk") await execute("umount", [folder]);
    },
  };
}

/** When the suite itself is interrupted. */
export function forceUnmount(folder: string): void {
  spawnSync("umount", ["--lazy", folder], { stdio: "ignore" });
}

/** Why there can be no small disk here; false where there can. */
export function noDiskReason(): string | false {
  if (process.platform !== "linux" || process.geteuid?.() !== 0)
    return "only root on Linux can make a small disk";
  const folder = mkdtempSync(join(tmpdir(), "verdict-disk-"));
  try {
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], {
      stdio: "ignore",
    });
    if (mounted.status !== 0) return "this root may not mount anything";
    spawnSync("umount", [folder], { stdio: "ignore" });
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function behindProxy(): Promise<LabStorage> {
  const server = await startS3();
  const { endpoint, bucket, region, credentials } = server.options;
  const proxy = new StoreProxy(endpoint, randomOf("store"));
  await proxy.open();
  const direct = openS3Blobs(server.options);
  return {
    env: {
      S3_ENDPOINT: proxy.url,
      S3_BUCKET: bucket,
      S3_REGION: region,
      S3_ACCESS_KEY_ID: credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    proxy,
    async read(key) {
      const object = await direct.get(key, AbortSignal.timeout(60_000));
      return object && buffer(object.stream as ReadableStream<Uint8Array>);
    },
    async close() {
      direct.close();
      await proxy.close();
      await server.stop();
    },
  };
}
