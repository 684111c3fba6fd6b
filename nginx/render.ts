import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type NginxSettings = {
  /** Address and port to listen on, such as `127.0.0.1:8080`. */
  listen: string;
  /** `HOST:PORT` of each API instance. */
  upstreams: readonly string[];
  /** A folder that exists and that nginx may write to. */
  runDirectory: string;
};

/** Fills the template in, as `envsubst` does in the image. Returns the path of the finished configuration. */
export async function renderNginx({ listen, upstreams, runDirectory }: NginxSettings): Promise<string> {
  const values: Record<string, string> = {
    VERDICT_NGINX_LISTEN: listen,
    VERDICT_NGINX_UPSTREAM: upstreams
      .map((upstream) => `server ${upstream} max_fails=2 fail_timeout=5s;`)
      .join("\n    "),
    VERDICT_NGINX_RUN: runDirectory,
  };
  const template = await readFile(new URL("./nginx.conf.template", import.meta.url), "utf8");
  const text = template.replace(/\$\{(VERDICT_NGINX_\w+)\}/g, (_, name: string) => values[name] ?? "");
  await mkdir(join(runDirectory, "cache"), { recursive: true });
  await copyFile(new URL("./mime.types", import.meta.url), join(runDirectory, "mime.types"));
  const path = join(runDirectory, "nginx.conf");
  await writeFile(path, text);
  return path;
}
