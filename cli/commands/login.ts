import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Client, credentialsOf } from "../client.ts";
import { type Cli, checkedUrl, defaultUrl, type GlobalOptions, openClient } from "../context.ts";
import { CliFailure } from "../failure.ts";

const inputCharsMax = 10_000;

/** Signs in and keeps the tokens. What is not given is asked for, or read from the environment or the input. */
export async function login(cli: Cli, options: GlobalOptions & { email?: string }): Promise<void> {
  const { env, stdin } = cli;
  const stored = await cli.credentials.read().catch(() => null);
  const isTerminal = stdin.isTTY === true;
  const givenUrl = options.url ?? env.VERDICT_URL;
  const asked =
    isTerminal && givenUrl === undefined ? await ask(cli, `Server (${stored?.url ?? defaultUrl}): `) : "";
  const url = checkedUrl((givenUrl ?? asked.trim()) || (stored?.url ?? defaultUrl));
  const email = options.email ?? env.VERDICT_EMAIL ?? (isTerminal ? await ask(cli, "E-mail: ") : "");
  if (email.trim() === "") throw new CliFailure("the e-mail is missing: give --email or VERDICT_EMAIL");
  const password =
    env.VERDICT_PASSWORD ?? (isTerminal ? await askHidden(cli, "Password: ") : await firstLine(cli));
  if (password === "") {
    throw new CliFailure("the password is missing: give VERDICT_PASSWORD, or write it to the input");
  }
  const tokens = await new Client(url, null, cli.note).login(email.trim(), password);
  await cli.credentials.write(credentialsOf(url, tokens));
  if (options.json) cli.print(JSON.stringify({ url, email: tokens.user.email }));
  else cli.print(`Signed in to ${url} as ${tokens.user.email}`);
}

/** Ends the sign-in here and on the server. */
export async function logout(cli: Cli, options: GlobalOptions): Promise<void> {
  const stored = await cli.credentials.read().catch(() => null);
  if (!stored) {
    cli.print("Nobody is signed in");
    return;
  }
  try {
    const client = await openClient(cli, { ...options, url: stored.url });
    await client.post("/auth/logout", { refreshToken: stored.refreshToken });
  } catch (error) {
    cli.note(`The server could not be told: ${error instanceof Error ? error.message : error}`);
  }
  await cli.credentials.remove();
  cli.print(`Signed out from ${stored.url}`);
}

async function ask({ stdin, stderr }: Cli, question: string): Promise<string> {
  const reader = createInterface({ input: stdin, output: stderr, terminal: true });
  try {
    return await reader.question(question);
  } finally {
    reader.close();
  }
}

/** What is typed is not shown. */
async function askHidden({ stdin, stderr }: Cli, question: string): Promise<string> {
  stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output: nowhere, terminal: true });
  try {
    return await reader.question("");
  } finally {
    reader.close();
    stderr.write("\n");
  }
}

async function firstLine({ stdin }: Cli): Promise<string> {
  let text = "";
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.includes("\n") || text.length > inputCharsMax) break;
  }
  return text.split(/\r?\n/)[0] ?? "";
}
