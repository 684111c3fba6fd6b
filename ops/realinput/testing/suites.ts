import { readFile } from "node:fs/promises";
import type { SuiteFile } from "../../../db/domain/case-content.ts";
import { parseSuiteFile } from "../../../db/domain/yaml.ts";

/** The suite of an application, from the file of its name. */
export async function readSuite(name: string): Promise<SuiteFile> {
  return parseSuiteFile(await readFile(new URL(`../${name}.yaml`, import.meta.url), "utf8"));
}
