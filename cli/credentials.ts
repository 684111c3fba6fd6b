import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { CliFailure } from "./failure.ts";

const credentialsSchema = z.object({
  url: z.string(),
  email: z.string(),
  accessToken: z.string(),
  refreshToken: z.string(),
  /** Of the access token, in milliseconds since 1970. */
  expiresAt: z.number(),
});
export type Credentials = z.output<typeof credentialsSchema>;

/** A personal API token, which is never renewed. */
const apiTokenSchema = z.object({ url: z.string(), email: z.string(), apiToken: z.string() });
export type StoredApiToken = z.output<typeof apiTokenSchema>;

const storedSchema = z.union([credentialsSchema, apiTokenSchema]);
export type Stored = Credentials | StoredApiToken;

/** Where a sign-in is kept, readable by its owner only. */
export class CredentialsFile {
  readonly path: string;

  constructor(env: NodeJS.ProcessEnv) {
    this.path = join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "verdict", "credentials.json");
  }

  /** Null when nobody has signed in. */
  async read(): Promise<Stored | null> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw new CliFailure(`${this.path} can't be read`, { cause: error });
    }
    try {
      return storedSchema.parse(JSON.parse(text));
    } catch (error) {
      throw new CliFailure(`${this.path} is damaged: sign in again with verdict login`, { cause: error });
    }
  }

  async write(credentials: Stored): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const draft = `${this.path}.${process.pid}`;
    await writeFile(draft, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
    await chmod(draft, 0o600);
    await rename(draft, this.path);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
