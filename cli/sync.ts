import { readFile } from "node:fs/promises";
import type { SuiteFile, TestCaseContentInput } from "../db/domain/case-content.ts";
import { AppError } from "../db/domain/errors.ts";
import type { Page } from "../db/domain/queries.ts";
import type {
  Environment,
  Project,
  Secret,
  Suite,
  TestCase,
  TestCaseSummary,
} from "../db/domain/resources.ts";
import { isSuiteFile, parseSuiteFile, parseTestCaseYaml } from "../db/domain/yaml.ts";
import type { Client } from "./client.ts";
import type { Cli } from "./context.ts";
import { UsageFailure } from "./failure.ts";

export type TestFile =
  | { kind: "suite"; path: string; suite: SuiteFile }
  | { kind: "case"; path: string; content: TestCaseContentInput };

/** @throws UsageFailure that names the file, and every fault in it with its line */
export async function readTestFile(path: string): Promise<TestFile> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UsageFailure(`${path} can't be read`, { cause });
  });
  try {
    return isSuiteFile(text)
      ? { kind: "suite", path, suite: parseSuiteFile(text) }
      : { kind: "case", path, content: parseTestCaseYaml(text) };
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const faults = cause.errors.map(
      (fault) => `\n  ${[fault.path, fault.message].filter(Boolean).join(": ")}`,
    );
    throw new UsageFailure(`${path} is not a test file:${faults.join("")}`, { cause });
  }
}

/** Brings the cases, environments and suites of files into a project; finds what is there by its name. */
export class ProjectSync {
  readonly #client: Client;
  readonly #project: Project;
  #known: Map<string, TestCaseSummary[]> | null = null;

  constructor(client: Client, project: Project) {
    this.#client = client;
    this.#project = project;
  }

  /** Makes or changes the case of this name; without a difference no version comes into being. */
  async putCase(content: TestCaseContentInput): Promise<TestCase> {
    const [known, ...more] = (await this.#cases()).get(content.name) ?? [];
    if (more.length > 0) {
      throw new UsageFailure(
        `the project has ${more.length + 1} cases called "${content.name}"; rename all but one of them`,
      );
    }
    if (known) {
      const message = "From a file, by the command line";
      return this.#client.patch<TestCase>(`/test-cases/${known.id}`, { ...content, message });
    }
    return this.#client.post<TestCase>("/test-cases", { ...content, projectId: this.#project.id });
  }

  async putSuite(suite: SuiteFile, environmentId: string | null): Promise<Suite> {
    const testCaseIds: string[] = [];
    for (const content of suite.cases) testCaseIds.push((await this.putCase(content)).id);
    const { name, description, retries, browsers, viewports } = suite;
    const how = { retries, browsers, viewports };
    const content = { name, description, ...how, testCaseIds, environmentId, tagQuery: null };
    const suites = await this.#client.all<Suite>("/test-suites", { projectId: this.#project.id });
    const known = suites.find((one) => one.name === name);
    return known
      ? this.#client.patch<Suite>(`/test-suites/${known.id}`, content)
      : this.#client.post<Suite>("/test-suites", { ...content, projectId: this.#project.id });
  }

  /** The environment of this name, with this address. */
  async putEnvironment(name: string, baseUrl: string): Promise<Environment> {
    const path = `/projects/${this.#project.id}/environments`;
    const known = (await this.#client.all<Environment>(path)).find((one) => one.name === name);
    if (!known) return this.#client.post<Environment>(path, { name, baseUrl });
    return known.baseUrl === baseUrl ? known : this.#client.patch(`/environments/${known.id}`, { baseUrl });
  }

  /**
   * Sets what VERDICT_SECRET_NAME gives, and sees to it that nothing is missing.
   * @throws UsageFailure that names the secrets without a value
   */
  async provideSecrets(names: readonly string[], env: Cli["env"]): Promise<void> {
    if (names.length === 0) return;
    const path = `/projects/${this.#project.id}/secrets`;
    const known = new Set((await this.#client.get<Page<Secret>>(path)).items.map(({ name }) => name));
    const missing: string[] = [];
    for (const name of names) {
      const value = env[`VERDICT_SECRET_${name.toUpperCase()}`];
      if (value) await this.#client.post(path, { name, value });
      else if (!known.has(name)) missing.push(name);
    }
    if (missing.length === 0) return;
    const variables = missing.map((name) => `VERDICT_SECRET_${name.toUpperCase()}`);
    throw new UsageFailure(
      `secrets without a value: ${missing.join(", ")}. Set them in the project, or give ${variables.join(", ")}`,
    );
  }

  async #cases(): Promise<Map<string, TestCaseSummary[]>> {
    if (this.#known) return this.#known;
    const cases = await this.#client.all<TestCaseSummary>("/test-cases", { projectId: this.#project.id });
    this.#known = Map.groupBy(cases, ({ name }) => name);
    return this.#known;
  }
}
