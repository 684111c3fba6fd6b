import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Client, credentialsOf, type SignInAnswer, type Tokens } from "../client.ts";
import { type Cli, checkedUrl, defaultUrl, type GlobalOptions, openClient } from "../context.ts";
import { CliFailure, UsageFailure } from "../failure.ts";

const inputCharsMax = 10_000;

type LoginOptions = GlobalOptions & { email?: string; token?: boolean };

/** Signs in and keeps the tokens. What is not given is asked for, or read from the environment or the input. */
export async function login(cli: Cli, options: LoginOptions): Promise<void> {
  const { env, stdin } = cli;
  const stored = await cli.credentials.read().catch(() => null);
  const isTerminal = stdin.isTTY === true;
  const givenUrl = options.url ?? env.VERDICT_URL;
  const asked =
    isTerminal && givenUrl === undefined ? await ask(cli, `Server (${stored?.url ?? defaultUrl}): `) : "";
  const url = checkedUrl((givenUrl ?? asked.trim()) || (stored?.url ?? defaultUrl));
  if (options.token) return loginByToken(cli, url, options);
  const email = options.email ?? env.VERDICT_EMAIL ?? (isTerminal ? await ask(cli, "E-mail: ") : "");
  if (email.trim() === "") throw new UsageFailure("the e-mail is missing: give --email or VERDICT_EMAIL");
  const password =
    env.VERDICT_PASSWORD ?? (isTerminal ? await askHidden(cli, "Password: ") : await firstLine(cli));
  if (password === "") {
    throw new UsageFailure("the password is missing: give VERDICT_PASSWORD, or write it to the input");
  }
  const client = new Client(url, null, cli.note);
  const tokens = await signIn(cli, client, { email: email.trim(), password });
  await cli.credentials.write(credentialsOf(url, tokens));
  tellSignedIn(cli, options, url, tokens.user.email);
}

/** Who mistypes a code at a terminal is asked again; the server counts as well. */
const codeTriesMax = 3;

type Given = { email: string; password: string };

async function signIn(cli: Cli, client: Client, given: Given): Promise<Tokens> {
  const first = await client.login(given);
  const answer = first.state === "code-needed" ? await signInWithCode(cli, client, given) : first;
  if (answer.state === "in") return answer.tokens;
  if (answer.state === "wrong") throw answer.failure;
  throw new CliFailure("the server asks for a one-time code again");
}

async function signInWithCode(cli: Cli, client: Client, given: Given): Promise<SignInAnswer> {
  for (let tries = 1; ; tries++) {
    const answer = await client.login({ ...given, code: await codeOf(cli) });
    if (answer.state !== "wrong" || !asksForCode(cli) || tries === codeTriesMax) return answer;
    cli.note(answer.failure.message);
  }
}

function asksForCode({ env, stdin }: Cli): boolean {
  return env.VERDICT_CODE === undefined && stdin.isTTY === true;
}

async function codeOf(cli: Cli): Promise<string> {
  const code = cli.env.VERDICT_CODE ?? (asksForCode(cli) ? await ask(cli, "One-time code: ") : "");
  if (code.trim() === "") throw new UsageFailure("a one-time code is needed: give VERDICT_CODE");
  return code.trim();
}

/** Keeps a personal API token, when the server takes it. It is never an argument: those are seen by everybody on the machine. */
async function loginByToken(cli: Cli, url: string, options: GlobalOptions): Promise<void> {
  const { env, stdin } = cli;
  const typed = env.VERDICT_TOKEN ?? (stdin.isTTY === true ? await askHidden(cli, "API token: ") : null);
  const apiToken = (typed ?? (await firstLine(cli))).trim();
  if (apiToken === "")
    throw new UsageFailure("the token is missing: write it to the input, or give VERDICT_TOKEN");
  const me = await new Client(url, { token: apiToken }, cli.note).get<{ email: string }>("/users/me");
  await cli.credentials.write({ url, email: me.email, apiToken });
  tellSignedIn(cli, options, url, me.email);
}

function tellSignedIn(cli: Cli, options: GlobalOptions, url: string, email: string): void {
  if (options.json) cli.print(JSON.stringify({ url, email }));
  else cli.print(`Signed in to ${url} as ${email}`);
}

/** Ends the sign-in here and on the server. */
export async function logout(cli: Cli, options: GlobalOptions): Promise<void> {
  const stored = await cli.credentials.read().catch(() => null);
  if (!stored) {
    cli.print("Nobody is signed in");
    return;
  }
  if ("apiToken" in stored) {
    await cli.credentials.remove();
    cli.print(`Forgot the API token of ${stored.url}; it works until it is deleted there`);
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
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Before the question: from then on the terminal itself shows nothing of what is typed, however fast.
  const reader = createInterface({ input: stdin, output: nowhere, terminal: true });
  stderr.write(question);
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
