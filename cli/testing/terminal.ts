import { spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../ops/config.ts";
import { findProgram } from "../../ops/testing/programs.ts";

/** What is waited for at the end of the screen, and what is typed then. */
type Line = { until: RegExp; type: string };
type Options = { configHome: string; dialogue: readonly Line[]; boundMs?: number };

/** false where a terminal can be had, otherwise why not. The program of this name takes other arguments elsewhere. */
export const terminalMissing: string | false =
  process.platform === "linux" && findProgram("script") !== null
    ? false
    : "a terminal needs script of util-linux";

/** Runs `verdict` in a pseudo-terminal of its own, as a person who waits for each question before answering. */
export async function runInTerminal(
  args: readonly string[],
  { configHome, dialogue, boundMs = 120_000 }: Options,
): Promise<{ code: number | null; screen: string }> {
  const words = [process.execPath, "--import", "tsx", join(projectRoot, "cli/main.ts"), ...args];
  const { PATH, TMPDIR } = process.env;
  const child = spawn("script", ["-q", "-f", "-e", "-c", words.map(quoted).join(" "), "/dev/null"], {
    cwd: projectRoot,
    env: { PATH, ...(TMPDIR && { TMPDIR }), XDG_CONFIG_HOME: configHome, NO_COLOR: "1", TERM: "dumb" },
    stdio: ["pipe", "pipe", "inherit"],
    timeout: boundMs,
  });
  const left = [...dialogue];
  let screen = "";
  child.stdout.on("data", (chunk) => {
    screen += String(chunk);
    const [next] = left;
    if (!next?.until.test(screen)) return;
    left.shift();
    child.stdin.write(`${next.type}\r`);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, screen };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
