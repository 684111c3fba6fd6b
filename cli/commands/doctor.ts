import pc from "picocolors";
import { z } from "zod";
import { type Cli, type GlobalOptions, openClient } from "../context.ts";

type Finding = { name: string; ok: boolean; text: string };

const healthSchema = z.object({
  status: z.string(),
  version: z.string().optional(),
});
const clockSkewMsMax = 60_000;

/** Looks at everything that a run from here needs. @returns 0, or 2 when something is wrong */
export async function doctor(cli: Cli, options: GlobalOptions): Promise<0 | 2> {
  const findings = await examine(cli, options);
  const isWell = findings.every(({ ok }) => ok);
  if (options.json) cli.print(JSON.stringify({ ok: isWell, findings }));
  else {
    for (const { name, ok, text } of findings) {
      cli.print(`${ok ? pc.green("✔") : pc.red("✖")} ${name.padEnd(8)} ${text}`);
    }
  }
  return isWell ? 0 : 2;
}

async function examine(cli: Cli, options: GlobalOptions): Promise<Finding[]> {
  const findings: Finding[] = [{ name: "node", ok: true, text: process.version }];
  const client = await openClient(cli, options);
  let isReachable = false;
  try {
    const response = await client.probe("/health");
    const health = healthSchema.safeParse(await response.json().catch(() => null)).data;
    isReachable = health !== undefined;
    findings.push({
      name: "server",
      ok: isReachable && response.ok,
      text: health
        ? `${client.url} is ${health.status}`
        : `${client.url} is no Verdict server (${response.status})`,
    });
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date)) findings.push(clock(date));
  } catch (error) {
    findings.push({
      name: "server",
      ok: false,
      text: error instanceof Error ? error.message : String(error),
    });
  }
  if (isReachable) findings.push(await signIn(() => client.get<{ email: string }>("/users/me")));
  return findings;
}

function clock(serverTime: number): Finding {
  const skew = Math.abs(Date.now() - serverTime);
  const ok = skew <= clockSkewMsMax;
  const text = ok ? "fits the server's" : `differs from the server's by ${Math.round(skew / 1_000)} s`;
  return { name: "clock", ok, text };
}

async function signIn(me: () => Promise<{ email: string }>): Promise<Finding> {
  try {
    return { name: "sign-in", ok: true, text: `as ${(await me()).email}` };
  } catch (error) {
    return { name: "sign-in", ok: false, text: error instanceof Error ? error.message : String(error) };
  }
}
