import { writeFile } from "node:fs/promises";
import { UsageFailure } from "./failure.ts";

/** @throws UsageFailure where the file can't be written */
export async function writeText(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: unknown) => {
    throw new UsageFailure(`${path} can't be written`, { cause });
  });
}
