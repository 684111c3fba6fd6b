import { Client } from "./client.ts";
import { CredentialsFile } from "./credentials.ts";
import { UsageFailure } from "./failure.ts";

/** What every command may be told. */
export type GlobalOptions = { url?: string; json?: boolean };

/** The surroundings of a command; tests give their own. */
export type Surroundings = {
  env: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WritableStream & { isTTY?: boolean };
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
};

export type Cli = Surroundings & {
  credentials: CredentialsFile;
  /** A line of the result. */
  print(line: string): void;
  /** A line about the way there. */
  note(line: string): void;
};

export const defaultUrl = "http://localhost:3000";

export function openCli(surroundings: Surroundings): Cli {
  const { stdout, stderr, env } = surroundings;
  return {
    ...surroundings,
    credentials: new CredentialsFile(env),
    print: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
  };
}

/** The client with the sign-in that belongs to the address: VERDICT_TOKEN, or what `verdict login` has kept. */
export async function openClient(cli: Cli, { url }: GlobalOptions): Promise<Client> {
  const { env } = cli;
  const stored = env.VERDICT_TOKEN ? null : await cli.credentials.read();
  const address = checkedUrl(url ?? env.VERDICT_URL ?? stored?.url ?? defaultUrl);
  if (env.VERDICT_TOKEN) return new Client(address, { token: env.VERDICT_TOKEN }, cli.note);
  if (stored === null || stored.url !== address) return new Client(address, null, cli.note);
  const access =
    "apiToken" in stored ? { token: stored.apiToken } : { file: cli.credentials, credentials: stored };
  return new Client(address, access, cli.note);
}

/** @throws CliFailure for what is no http address */
export function checkedUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:") return url.replace(/\/+$/, "");
  throw new UsageFailure(`"${url}" is no address of a server: expected something like ${defaultUrl}`);
}
