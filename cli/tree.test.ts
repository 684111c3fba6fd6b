import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { startSystem, type TestSystem } from "../ops/testing/system.ts";
import { runCli } from "./testing/run-cli.ts";
import { fileNameOf, readTree, TreeWriter } from "./tree.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "verdict-tree-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));
const put = async (path: string, text: string) => {
  const file = join(root, path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, text);
  return file;
};
const read = (path: string) => readFile(join(root, path), "utf8");

const signIn = `# kept by hand
name: Sign in
parameters:
  - { name: user }
  - { name: password, default: "{{secrets.password}}" }
steps:
  - goto: /sign-in
  - fill: { target: label=User, value: "{{user}}" }
`;
const pays = `name: Pays
steps:
  - group: { group: Sign in, with: { user: ada } }
  - expectTitle: Thanks
`;

describe("a folder of tests", () => {
  it("names every fault of every file, and each name that two files have", async () => {
    await put("groups/a.yaml", "name: A\nsteps:\n  - klick: x\n");
    await put("cases/one.yaml", pays);
    await put("cases/deep/two.yml", pays);
    await assert.rejects(readTree(root), (error: Error) => {
      assert.match(error.message, /groups\/a\.yaml: .*unknown step type.*\(line 3\)/);
      assert.match(error.message, /cases\/one\.yaml: "Pays" is the name in .*two\.yml as well/);
      return true;
    });
    assert.deepEqual(await readTree(join(root, "nothing")), { groups: [], cases: [] });
  });

  it("is written so that what says the same stays as it is, and a file may be called anything", async () => {
    await put("groups/first.yaml", signIn);
    await put("cases/mine.yaml", pays);
    const tree = await readTree(root);
    const [group, test] = [tree.groups[0]?.content, tree.cases[0]?.content];
    assert.ok(group && test);
    const writer = new TreeWriter(root, tree);
    assert.equal((await writer.putGroup(group)).what, "same");
    assert.equal(await read("groups/first.yaml"), signIn, "with its comment");
    const changed = await writer.putCase({ ...test, tags: ["smoke"] });
    assert.deepEqual([changed.what, changed.path], ["changed", join(root, "cases/mine.yaml")]);
    assert.deepEqual((await readTree(root)).cases[0]?.content, { ...test, tags: ["smoke"] });
    for (const name of ["../../etc/passwd", "Mine", "mine!", "日本", ""]) {
      await writer.putCase({ ...test, name: name || " " });
    }
    assert.deepEqual((await readdir(join(root, "cases"))).sort(), [
      "etc-passwd.yaml",
      "mine-2.yaml",
      "mine-3.yaml",
      "mine.yaml",
      "unnamed-2.yaml",
      "unnamed.yaml",
    ]);
    assert.equal(fileNameOf("Zahlung für Ä"), "zahlung-fur-a");
  });
});

describe("pull and push", () => {
  let system: TestSystem;
  let config: string;
  before(async () => {
    system = await startSystem();
    config = await mkdtemp(join(tmpdir(), "verdict-tree-home-"));
    const args = ["login", "--url", system.origin, "--email", system.email];
    const { code, stderr } = await runCli(args, { configHome: config, input: `${system.password}\n` });
    assert.equal(code, 0, stderr);
  });
  after(async () => {
    await rm(config, { recursive: true, force: true });
    await system.stop();
  });
  const cli = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(args, { configHome: config });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const inNew = ["--project", "Pushed"];

  it("bring groups and cases there and back without losing anything, and make no version of what is the same", async () => {
    await put("groups/sign-in.yaml", signIn);
    await put("cases/pays.yaml", pays);
    assert.match(
      await cli("push", root, ...inNew, "--create-project"),
      /^2 new, 0 changed, 0 as they were$/m,
    );
    assert.match(await cli("push", root, ...inNew), /^0 new, 0 changed, 2 as they were$/m);

    const other = join(root, "pulled");
    assert.match(await cli("pull", other, ...inNew), /^2 new, 0 changed, 0 as they were$/m);
    const [ours, theirs] = [await readTree(root), await readTree(other)];
    const contents = ({ groups, cases }: typeof ours) => [...groups, ...cases].map(({ content }) => content);
    assert.deepEqual(contents(theirs), contents(ours));

    await rename(join(other, "cases/pays.yaml"), join(other, "cases/renamed.yaml"));
    await put("groups/sign-in.yaml", signIn.replace("goto: /sign-in", "goto: /login"));
    assert.match(await cli("push", root, ...inNew), /^changed +.*groups\/sign-in\.yaml$/m);
    const told = await cli("pull", other, ...inNew);
    assert.match(told, /^0 new, 1 changed, 1 as they were$/m);
    assert.match(await readFile(join(other, "groups/sign-in.yaml"), "utf8"), /goto: \/login/);
    await writeFile(join(other, "cases/extra.yaml"), "name: Extra\nsteps: []\n");
    const notes = JSON.parse(await cli("--json", "pull", other, ...inNew)) as { notes: string[] };
    assert.match(notes.notes.join(), /only here: .*extra\.yaml/);
  });

  it("change nothing when a file is wrong", async () => {
    await put("cases/pays.yaml", pays);
    await put("cases/wrong.yaml", "name: Wrong\nsteps:\n  - klick: x\n");
    const { code, stderr } = await runCli(["push", root, ...inNew], { configHome: config });
    assert.equal(code, 3);
    assert.match(stderr, /nothing was changed:\n.*wrong\.yaml: .*\(line 3\)/);
  });
});
