import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { BlobOptions } from "../blobs.ts";

/**
 * What is wrong with the server. `silent`: it takes the request and never answers, as over a half-open connection. `forgets`:
 * it says that it has stored and has not. `other-digest`: what came is not what was sent. The last four lie about what they have.
 */
export type Fault =
  | "none"
  | "busy"
  | "denied"
  | "other-digest"
  | "reset"
  | "silent"
  | "forgets"
  | "short-head"
  | "other-checksum"
  | "cut-body"
  | "other-bytes";

type Stored = { bytes: Buffer; headers: Record<string, string> };

/** A small S3 in memory over real HTTP, with faults on demand. Every other path than an object's answers `ok`. */
export class FaultyStore {
  readonly #server = createServer((request, response) => {
    void this.#answer(request, response).catch(() => response.destroy());
  });
  readonly #objects = new Map<string, Stored>();
  readonly #held = new Set<ServerResponse>();
  #port = 0;
  fault: Fault = "none";
  /** Of the next so many requests only; then there is none any more. */
  faultsLeft = Number.POSITIVE_INFINITY;
  /** Methods of all requests, in their order. */
  readonly requests: string[] = [];
  /** Requests that were given up by the client before they were answered. */
  abandoned = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get options(): BlobOptions {
    const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
    return { kind: "s3", endpoint: this.url, bucket: "bucket", region: "us-east-1", credentials };
  }

  get objects(): number {
    return this.#objects.size;
  }

  /** Listens, again on the same port when it was down. */
  async up(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Refuses connections; those there are break. */
  async down(): Promise<void> {
    this.#server.closeAllConnections();
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Answers those that were left without an answer. */
  release(): void {
    for (const response of this.#held) response.end("ok");
    this.#held.clear();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = request;
    this.requests.push(method);
    response.on("close", () => {
      if (!response.writableEnded) this.abandoned++;
    });
    const fault = this.#nextFault();
    if (fault === "reset") return void request.socket.destroy();
    if (fault === "silent") return void this.#held.add(response);
    if (fault === "busy") return void response.writeHead(503, { "retry-after": "1" }).end();
    if (fault === "denied")
      return void response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
    if (fault === "other-digest")
      return void response.writeHead(400).end("<Error><Code>BadDigest</Code></Error>");
    const key = url.split("?")[0] ?? "";
    if (!key.startsWith("/bucket/")) return void response.end("ok");
    if (method === "PUT") return this.#put(key, fault, request, response);
    if (method === "DELETE") {
      this.#objects.delete(key);
      return void response.writeHead(204).end();
    }
    this.#get(key, fault, method === "HEAD", response);
  }

  #nextFault(): Fault {
    if (this.faultsLeft <= 0) return "none";
    this.faultsLeft--;
    return this.fault;
  }

  async #put(key: string, fault: Fault, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await buffer(request);
    const headers = {
      "content-type": request.headers["content-type"] ?? "",
      "x-amz-meta-sha256": String(request.headers["x-amz-meta-sha256"] ?? ""),
    };
    if (fault !== "forgets") this.#objects.set(key, { bytes, headers });
    response.writeHead(200, { etag: '"an etag"' }).end();
  }

  #get(key: string, fault: Fault, isHead: boolean, response: ServerResponse): void {
    const object = this.#objects.get(key);
    if (!object) {
      response.writeHead(404, { "content-type": "application/xml" });
      return void response.end(isHead ? "" : "<Error><Code>NoSuchKey</Code></Error>");
    }
    const { bytes, headers } = object;
    const length = fault === "short-head" && isHead ? bytes.byteLength - 1 : bytes.byteLength;
    const checksum = fault === "other-checksum" ? { "x-amz-meta-sha256": "0".repeat(64) } : {};
    response.writeHead(200, { ...headers, ...checksum, "content-length": length });
    if (isHead) return void response.end();
    if (fault === "cut-body") {
      return void response.write(bytes.subarray(0, -1), () => response.destroy());
    }
    response.end(fault === "other-bytes" ? Buffer.alloc(bytes.byteLength) : bytes);
  }
}

export async function startFaultyStore(): Promise<FaultyStore> {
  const store = new FaultyStore();
  await store.up();
  return store;
}
