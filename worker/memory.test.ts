import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, test } from "node:test";
import { MemoryGate, readMemory } from "./memory.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function machine(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "verdict-memory-"));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const MB = 1_048_576;
const info = "MemTotal:        4194304 kB\nMemFree:           10240 kB\nMemAvailable:    2097152 kB\n";

test("without a control group it is what the machine has available, its cache included", () => {
  const root = machine({ "proc/meminfo": info, "proc/self/cgroup": "0::/\n" });
  assert.deepEqual(readMemory(root), { bytes: 4_096 * MB, freeBytes: 2_048 * MB });
});

test("a limit of the container counts, and its cache of files as free", () => {
  const root = machine({
    "proc/meminfo": info,
    "proc/self/cgroup": "0::/\n",
    "sys/fs/cgroup/memory.max": `${512 * MB}\n`,
    "sys/fs/cgroup/memory.current": `${400 * MB}\n`,
    "sys/fs/cgroup/memory.stat": `anon 1\ninactive_file ${100 * MB}\n`,
  });
  assert.deepEqual(readMemory(root), { bytes: 512 * MB, freeBytes: 212 * MB });
});

test("of the groups around the process the one with the least left counts, in version 1 as in version 2", () => {
  const two = machine({
    "proc/meminfo": info,
    "proc/self/cgroup": "0::/verdict.slice/worker.service\n",
    "sys/fs/cgroup/verdict.slice/memory.max": `${300 * MB}\n`,
    "sys/fs/cgroup/verdict.slice/memory.current": `${290 * MB}\n`,
    "sys/fs/cgroup/verdict.slice/worker.service/memory.max": "max\n",
    "sys/fs/cgroup/verdict.slice/worker.service/memory.current": `${50 * MB}\n`,
  });
  assert.equal(readMemory(two).freeBytes, 10 * MB);
  const one = machine({
    "proc/meminfo": info,
    "proc/self/cgroup": "5:cpu,cpuacct:/\n4:memory:/docker/1\n",
    "sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes": `${256 * MB}\n`,
    "sys/fs/cgroup/memory/docker/1/memory.usage_in_bytes": `${250 * MB}\n`,
    "sys/fs/cgroup/memory/docker/1/memory.stat": `total_inactive_file ${4 * MB}\n`,
  });
  assert.deepEqual(readMemory(one), { bytes: 256 * MB, freeBytes: 10 * MB });
});

test("no more browsers are begun than there is memory for, those included that are still growing", () => {
  let now = 0;
  let freeBytes = 1_000 * MB;
  const gate = new MemoryGate(
    256 * MB,
    () => ({ bytes: 4_096 * MB, freeBytes }),
    () => now,
  );
  assert.equal(gate.room, 3);
  gate.begun();
  gate.begun();
  assert.equal(gate.room, 1);
  now = 3_001;
  freeBytes = 500 * MB;
  assert.equal(gate.room, 1);
  assert.equal(gate.refusal, null);
  freeBytes = 100 * MB;
  assert.equal(gate.room, 0);
  assert.equal(gate.refusal, "100 MB of memory are free and a browser needs 256 MB");
});

test("where memory is not looked at nothing is refused", () => {
  const gate = new MemoryGate(0, () => ({ bytes: 0, freeBytes: 0 }));
  gate.begun();
  assert.deepEqual([gate.room, gate.refusal], [Number.POSITIVE_INFINITY, null]);
});
