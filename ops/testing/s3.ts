import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { freePort } from "../embedded-postgres.ts";
import { findProgram } from "./programs.ts";

const execute = promisify(execFile);
const startBoundMs = 120_000;
const bucket = "verdict-test";
const region = "us-east-1";

/** A real S3 server of the test's own: Ceph's gateway over a store in memory, on loopback. */
export type TestS3 = {
  options: {
    kind: "s3";
    endpoint: string;
    bucket: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
  stop(): Promise<void>;
};

/**
 * Starts it with an empty bucket; takes about ten seconds, several times that on a busy machine.
 * @throws when a program is missing: skip the test with missingReason("radosgw"), or when it is not ready in two minutes.
 */
export async function startS3(): Promise<TestS3> {
  const folder = mkdtempSync(join(tmpdir(), "verdict-s3-"));
  const children: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(children.map(end));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const bound = AbortSignal.timeout(startBoundMs);
  try {
    return { options: await start(new Cluster(folder, children, bound)), stop };
  } catch (error) {
    const logs = ["mon", "osd", "rgw"].map((name) => `${name}: ${tailOf(join(folder, `${name}.out`))}`);
    await stop();
    throw new Error(`the S3 server could not be started\n${logs.join("\n")}`, { cause: error });
  }
}

async function start(cluster: Cluster): Promise<TestS3["options"]> {
  const [messenger, legacy, port] = [await freePort(), await freePort(), await freePort()];
  const addresses = `[v2:127.0.0.1:${messenger}/0,v1:127.0.0.1:${legacy}/0]`;
  const credentials = { accessKeyId: randomUUID(), secretAccessKey: randomUUID() };
  await cluster.configure(addresses, port);
  cluster.spawn("mon", "ceph-mon", ["-i", "a", "--public-addrv", addresses, "-f"]);
  await cluster.until(() => cluster.run("ceph", ["auth", "import", "-i", cluster.path("keyring")]));
  const osd = randomUUID();
  await cluster.run("ceph", ["osd", "new", osd]);
  await cluster.run("ceph-osd", ["-i", "0", "--mkfs", "--osd-uuid", osd]);
  cluster.spawn("osd", "ceph-osd", ["-i", "0", "-f"]);
  await cluster.run("ceph", ["osd", "crush", "add", "osd.0", "1.0", "host=h", "root=default"]);
  await cluster.until(async () => {
    if (!/\b1 up/.test(await cluster.run("ceph", ["osd", "stat"]))) throw new Error("no disk is up");
  });
  const { accessKeyId, secretAccessKey } = credentials;
  const keys = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
  await cluster.run("radosgw-admin", ["user", "create", "--uid=test", "--display-name=test", ...keys]);
  cluster.spawn("rgw", "radosgw", ["-f", "-n", "client.rgw.a"]);
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials, maxAttempts: 1 });
  await cluster.until(() => client.send(new CreateBucketCommand({ Bucket: bucket })));
  // The first object makes the server make its pools, which takes a while.
  await cluster.until(() => client.send(new PutObjectCommand({ Bucket: bucket, Key: "first", Body: "" })));
  client.destroy();
  return { kind: "s3", endpoint, bucket, region, credentials };
}

/** The programs of one small cluster, with its folder for everything. */
class Cluster {
  readonly #folder: string;
  readonly #children: ChildProcess[];
  readonly #bound: AbortSignal;
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string, children: ChildProcess[], bound: AbortSignal) {
    this.#folder = folder;
    this.#children = children;
    this.#bound = bound;
    this.#env = { ...process.env, CEPH_CONF: join(folder, "ceph.conf") };
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  async configure(addresses: string, port: number): Promise<void> {
    const fsid = randomUUID();
    for (const name of ["mon", "osd", "mgr", "rgw", "run"]) mkdirSync(this.path(name));
    writeFileSync(this.path("ceph.conf"), configuration(this.#folder, fsid, addresses, port));
    const keyring = this.path("keyring");
    const all = ["--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"];
    await this.run("ceph-authtool", [keyring, "--create-keyring", "--gen-key", "-n", "mon.", ...all]);
    for (const name of ["client.admin", "osd.0", "client.rgw.a"]) {
      await this.run("ceph-authtool", [keyring, "--gen-key", "-n", name, ...all]);
    }
    const map = this.path("monmap");
    await this.run("monmaptool", ["--create", "--fsid", fsid, "--addv", "a", addresses, map]);
    await this.run("ceph-mon", ["-i", "a", "--mkfs", "--monmap", map, "--keyring", keyring]);
  }

  async run(name: string, args: readonly string[]): Promise<string> {
    const options = { env: this.#env, signal: this.#bound, timeout: 30_000 };
    const { stdout } = await execute(programOf(name), args, options);
    return stdout;
  }

  /** Ends with this process where the system has a way for it, even when this one is killed. */
  spawn(output: string, name: string, args: readonly string[]): void {
    const guard = findProgram("setpriv");
    const line = [...(guard ? [guard, "--pdeathsig", "KILL"] : []), programOf(name), ...args];
    const child = spawn(line[0] ?? "", line.slice(1), {
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const file = createWriteStream(this.path(`${output}.out`));
    child.stdout.pipe(file, { end: false });
    child.stderr.pipe(file, { end: false });
    child.once("close", () => file.end());
    this.#children.push(child);
  }

  /** Again and again until it works, as long as everything runs and there is time. */
  async until<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const ended = this.#children.find((child) => child.exitCode !== null || child.signalCode !== null);
        if (ended) throw new Error(`${ended.spawnfile} has ended`, { cause: error });
        if (this.#bound.aborted) throw error;
        await delay(200);
      }
    }
  }
}

/** One copy of everything, in memory; nothing outside of the folder, nothing but loopback. */
function configuration(folder: string, fsid: string, addresses: string, port: number): string {
  return `[global]
fsid = ${fsid}
mon_host = ${addresses}
keyring = ${folder}/keyring
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
public_network = 127.0.0.0/8
ms_bind_ipv6 = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
memstore_device_bytes = 268435456
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
mon_data_avail_crit = 1
mon_data_avail_warn = 2
mon_data = ${folder}/mon
osd_data = ${folder}/osd
mgr_data = ${folder}/mgr
rgw_data = ${folder}/rgw
run_dir = ${folder}/run
crash_dir = ${folder}/run
admin_socket = ${folder}/run/$name.$pid.asok
log_file = ${folder}/$name.log
[client.rgw.a]
rgw_frontends = beast endpoint=127.0.0.1:${port}
`;
}

/** Nothing of it is kept, so nothing has to end in order. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

function programOf(name: string): string {
  const path = findProgram(name);
  if (path === null) throw new Error(`${name} is not installed: skip the test with missingReason("radosgw")`);
  return path;
}

function tailOf(file: string): string {
  try {
    return readFileSync(file, "utf8").slice(-1_000);
  } catch {
    return "was not started";
  }
}
