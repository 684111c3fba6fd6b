import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestCaseContentInput } from "../db/domain/case-content.ts";
import { AppError } from "../db/domain/errors.ts";
import type { GroupContent } from "../db/domain/group-resources.ts";
import { formatGroup, formatTestCase, parseGroupYaml, parseTestCaseYaml } from "../db/domain/yaml.ts";
import { UsageFailure } from "./failure.ts";
import { writeText } from "./output.ts";

/**
 * The tests of a project as a folder of files: `groups/*.yaml` and `cases/*.yaml`, one for each group of steps and each test
 * case. What a file is about is its `name`, not what the file is called: files can be renamed.
 */
export type TreeFile<T> = { path: string; text: string; content: T };
export type Tree = { groups: TreeFile<GroupContent>[]; cases: TreeFile<TestCaseContentInput>[] };

type Part<T> = { folder: string; parse(text: string): T; format(content: T): string };

const groups: Part<GroupContent> = { folder: "groups", parse: parseGroupYaml, format: formatGroup };
const cases: Part<TestCaseContentInput> = {
  folder: "cases",
  parse: parseTestCaseYaml,
  format: formatTestCase,
};

/** Files of one folder that are looked at, at most. */
const filesMax = 10_000;

/**
 * Every file of the folder; what is not there is empty.
 * @throws UsageFailure with each fault of each file, its line, and names that two files have
 */
export async function readTree(root: string): Promise<Tree> {
  const faults: string[] = [];
  const tree = { groups: await readPart(root, groups, faults), cases: await readPart(root, cases, faults) };
  if (faults.length > 0)
    throw new UsageFailure(`nothing was changed:${faults.map((fault) => `\n  ${fault}`).join("")}`);
  return tree;
}

async function readPart<T extends { name: string }>(
  root: string,
  { folder, parse }: Part<T>,
  faults: string[],
): Promise<TreeFile<T>[]> {
  const files: TreeFile<T>[] = [];
  const pathOf = new Map<string, string>();
  for (const path of await yamlFiles(join(root, folder))) {
    const text = await readFile(path, "utf8");
    try {
      const content = parse(text);
      const other = pathOf.get(content.name);
      if (other) faults.push(`${path}: "${content.name}" is the name in ${other} as well`);
      pathOf.set(content.name, path);
      files.push({ path, text, content });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const told = error.errors.map((fault) => [fault.path, fault.message].filter(Boolean).join(": "));
      faults.push(...(told.length > 0 ? told : [error.message]).map((fault) => `${path}: ${fault}`));
    }
  }
  return files;
}

async function yamlFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw new UsageFailure(`${folder} can't be read`, { cause });
  });
  const files = entries.filter((entry) => entry.isFile() && /\.ya?ml$/i.test(entry.name));
  if (files.length > filesMax) throw new UsageFailure(`${folder} has more than ${filesMax} files`);
  return files.map(({ parentPath, name }) => join(parentPath, name)).sort();
}

export type Written = { path: string; what: "new" | "changed" | "same" };

/**
 * Writes what the server has: into the file that has its name, else into a new one. A file that says the same, however it is
 * laid out, is left as it is, with its comments.
 */
export class TreeWriter {
  readonly #root: string;
  readonly #tree: Tree;
  readonly #taken: Set<string>;

  constructor(root: string, tree: Tree) {
    this.#root = root;
    this.#tree = tree;
    this.#taken = new Set([...tree.groups, ...tree.cases].map(({ path }) => path));
  }

  putGroup(content: GroupContent): Promise<Written> {
    return this.#put(groups, this.#tree.groups, content);
  }

  putCase(content: TestCaseContentInput): Promise<Written> {
    return this.#put(cases, this.#tree.cases, content);
  }

  async #put<T extends { name: string }>(
    part: Part<T>,
    files: readonly TreeFile<T>[],
    content: T,
  ): Promise<Written> {
    const text = part.format(content);
    const known = files.find((file) => file.content.name === content.name);
    if (known && part.format(known.content) === text) return { path: known.path, what: "same" };
    const path = known?.path ?? this.#newPath(part.folder, content.name);
    await mkdir(join(this.#root, part.folder), { recursive: true });
    await writeText(path, text);
    return { path, what: known ? "changed" : "new" };
  }

  #newPath(folder: string, name: string): string {
    const base = fileNameOf(name);
    for (let number = 1; ; number++) {
      const path = join(this.#root, folder, `${base}${number === 1 ? "" : `-${number}`}.yaml`);
      if (this.#taken.has(path)) continue;
      this.#taken.add(path);
      return path;
    }
  }
}

/** Lower-case letters, digits and hyphens: nothing that a name could do to a path. */
export function fileNameOf(name: string): string {
  const text = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replace(/^-+|-+$/g, "");
  return text || "unnamed";
}
