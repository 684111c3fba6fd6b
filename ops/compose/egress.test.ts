import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { projectRoot } from "../config.ts";
import { findProgram, missingReason } from "../testing/programs.ts";

const rules = join(projectRoot, "ops/compose/egress.nft");

/** A machine with a network of workers, one of its own and the internet, all of it in namespaces that are gone afterwards. */
const script = `
set -eu
mount -t tmpfs tmpfs /run
sysctl -qw net.ipv4.ip_forward=1
ip link set lo up
ip link add br-workers type bridge
ip addr add 172.30.9.1/24 dev br-workers
ip link set br-workers up
for name in worker lan internet; do
  ip netns add $name
  ip link add to-$name type veth peer name eth0 netns $name
  ip link set to-$name up
  ip -n $name link set lo up
  ip -n $name link set eth0 up
done
ip link set to-worker master br-workers
ip -n worker addr add 172.30.9.2/24 dev eth0
ip -n worker route add default via 172.30.9.1
ip addr add 10.1.2.1/24 dev to-lan
ip -n lan addr add 10.1.2.3/24 dev eth0
ip -n lan addr add 169.254.169.254/32 dev eth0
ip -n lan route add default via 10.1.2.1
ip route add 169.254.169.254 dev to-lan
ip addr add 8.8.8.1/24 dev to-internet
ip -n internet addr add 8.8.8.8/24 dev eth0
ip -n internet route add default via 8.8.8.1
serve='for (const port of [80, 443]) require("net").createServer((s) => s.end("hi")).listen(port, "0.0.0.0", () => { if (port === 443) console.log("up"); });'
trap 'kill $servers' EXIT
servers=
for where in worker lan internet; do
  ip netns exec $where "$NODE" -e "$serve" > /run/$where & servers="$servers $!"
done
"$NODE" -e "$serve" > /run/host & servers="$servers $!"
for where in worker lan internet host; do
  n=0; while [ ! -s /run/$where ] && [ $n -lt 600 ]; do n=$((n + 1)); sleep 0.1; done
done
ask='const s = require("net").connect(process.argv[2], process.argv[1], () => s.on("data", () => process.exit(0))); s.on("error", () => process.exit(1)); setTimeout(() => process.exit(1), 20000);'
try() { if ip netns exec $2 "$NODE" -e "$ask" $3 $4; then echo "$1 $2 $3 $4 yes"; else echo "$1 $2 $3 $4 no"; fi; }
all() {
  try $1 worker 8.8.8.8 80
  try $1 worker 10.1.2.3 80
  try $1 worker 10.1.2.3 443
  try $1 worker 169.254.169.254 80
  try $1 worker 172.30.9.1 80
  try $1 worker 10.1.2.1 80
  try $1 lan 172.30.9.2 80
}
all before
"$NFT" -c -D workers=br-workers -f "$RULES"
"$NFT" -D workers=br-workers -f "$RULES"
"$NFT" -D workers=br-workers -f "$RULES"
all held
"$NFT" add element inet verdict_egress allowed4 '{ 10.1.2.0/24 . 443 }'
all allowed
`;

const skip =
  missingReason("nft") ||
  (["unshare", "ip", "mount"].every((name) => findProgram(name)) && process.getuid?.() === 0
    ? false
    : "it makes namespaces: needs root, unshare and ip");

it("workers reach the internet and what is allowed by its port, and neither inner addresses nor the machine; who comes in is answered", {
  skip,
}, () => {
  const { stdout, stderr, status } = spawnSync("unshare", ["--net", "--mount", "sh", "-c", script], {
    encoding: "utf8",
    timeout: 240_000,
    env: { ...process.env, NODE: process.execPath, NFT: findProgram("nft") ?? "", RULES: rules },
  });
  assert.equal(status, 0, stderr);
  const reached = (when: string) =>
    stdout
      .split("\n")
      .filter((line) => line.startsWith(`${when} `) && line.endsWith(" yes"))
      .map((line) => line.split(" ").slice(1, 4).join(" "));
  const always = ["worker 8.8.8.8 80", "lan 172.30.9.2 80"];
  assert.equal(reached("before").length, 7, stdout);
  assert.deepEqual(reached("held"), always);
  assert.deepEqual(reached("allowed"), [always[0], "worker 10.1.2.3 443", always[1]]);
});
