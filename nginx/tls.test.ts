import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { request } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type SecureVersion, connect as secure } from "node:tls";
import { freePort } from "../ops/embedded-postgres.ts";
import { findProgram, missingReason } from "../ops/testing/programs.ts";
import { renderNginx } from "./render.ts";

const skip = missingReason("nginx") || (findProgram("openssl") === null && "openssl is not installed");

let folder: string;
let nginx: ChildProcess;
let application: Server;
let ca: Buffer;
let httpsPort: number;
let httpPort: number;

before(async () => {
  if (skip) return;
  folder = await mkdtemp(join(tmpdir(), "verdict-tls-"));
  const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const pair = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    key,
    "-out",
    certificate,
  ];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...subject, ...pair], { stdio: "ignore" });
  ca = await readFile(certificate);
  // Says how it was asked, as the application would see it.
  application = createServer(({ headers }, response) => response.end(String(headers["x-forwarded-proto"])));
  application.listen(0, "127.0.0.1");
  await once(application, "listening");
  [httpsPort, httpPort] = [await freePort(), await freePort()];
  const path = await renderNginx({
    listen: `127.0.0.1:${httpsPort}`,
    upstreams: [`127.0.0.1:${(application.address() as AddressInfo).port}`],
    tls: { certificate, key, redirect: `127.0.0.1:${httpPort}`, publicUrl: "https://verdict.example.com" },
    runDirectory: folder,
  });
  nginx = spawn("nginx", ["-e", "stderr", "-c", path, "-g", "daemon off;"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await accepting(httpPort);
});

after(async () => {
  if (skip) return;
  const exited = once(nginx, "exit");
  nginx.kill("SIGTERM");
  await exited;
  application.close();
  await rm(folder, { recursive: true });
});

async function accepting(port: number): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const socket = connect(port, "127.0.0.1");
    const isUp = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return;
    await delay(25);
  }
  throw new Error("nginx did not listen within 10 s");
}

/** The protocols that were agreed on, or what went wrong. */
async function agreed(version: SecureVersion): Promise<string> {
  const socket = secure({
    port: httpsPort,
    host: "127.0.0.1",
    servername: "localhost",
    ca,
    minVersion: version,
    maxVersion: version,
    // Without it the client itself would refuse what is old, and nothing would be asked.
    ciphers: "ALL:@SECLEVEL=0",
    ALPNProtocols: ["h2", "http/1.1"],
  });
  try {
    await once(socket, "secureConnect");
    return `${socket.getProtocol()} ${socket.alpnProtocol}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}

test("TLS 1.2 and 1.3 are spoken with HTTP/2, older ones are refused", { skip }, async () => {
  assert.equal(await agreed("TLSv1.3"), "TLSv1.3 h2");
  assert.equal(await agreed("TLSv1.2"), "TLSv1.2 h2");
  assert.match(await agreed("TLSv1.1"), /PROTOCOL_VERSION/);
});

test("the application learns that it was asked by https", { skip }, async () => {
  const asked = request({ port: httpsPort, host: "127.0.0.1", servername: "localhost", ca, agent: false });
  asked.end();
  const [response] = await once(asked, "response");
  assert.equal(String(await once(response, "data")), "https");
});

test("who comes by http is sent on to the public address, whatever host he names", { skip }, async () => {
  const response = await fetch(`http://127.0.0.1:${httpPort}/runs?status=failed`, {
    redirect: "manual",
    headers: { host: "evil.example.com" },
  });
  assert.equal(response.status, 308);
  assert.equal(response.headers.get("location"), "https://verdict.example.com/runs?status=failed");
});
