import { spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../ops/config.ts";

export type CliResult = { code: number | null; stdout: string; stderr: string };

type Options = {
  /** Its credentials go here instead of into the home of whoever runs the tests. */
  configHome: string;
  env?: Readonly<Record<string, string>>;
  input?: string;
  boundMs?: number;
};

/** Runs `verdict` as a process of its own, with nothing of ours in its environment but what is given. */
export async function runCli(args: readonly string[], options: Options): Promise<CliResult> {
  const { configHome, env = {}, input = "", boundMs = 120_000 } = options;
  const { PATH, TMPDIR } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", join(projectRoot, "cli/main.ts"), ...args], {
    cwd: projectRoot,
    env: { PATH, ...(TMPDIR && { TMPDIR }), XDG_CONFIG_HOME: configHome, NO_COLOR: "1", ...env },
    timeout: boundMs,
  });
  child.stdin.end(input);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, stdout, stderr };
}
