import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type NginxSettings = {
  /** Address and port to listen on, such as `127.0.0.1:8080`. */
  listen: string;
  /** `HOST:PORT` of each API instance. */
  upstreams: readonly string[];
  /** With a certificate; people who come to `redirect` by http are sent on to `publicUrl`. */
  tls?: { certificate: string; key: string; redirect: string; publicUrl: string };
  /** A folder that exists and that nginx may write to. */
  runDirectory: string;
};

/** Fills the template in, as `envsubst` does in the image. Returns the path of the finished configuration. */
export async function renderNginx({ listen, upstreams, tls, runDirectory }: NginxSettings): Promise<string> {
  const values: Record<string, string> = {
    VERDICT_NGINX_LISTEN: tls ? `${listen} ssl http2` : listen,
    VERDICT_NGINX_TLS: tls ? `include ${runDirectory}/tls.conf;` : "",
    VERDICT_NGINX_CERTIFICATE: tls?.certificate ?? "",
    VERDICT_NGINX_KEY: tls?.key ?? "",
    VERDICT_NGINX_REDIRECT: tls?.redirect ?? "",
    VERDICT_NGINX_PUBLIC_URL: tls?.publicUrl ?? "",
    VERDICT_NGINX_UPSTREAM: upstreams
      .map((upstream) => `server ${upstream} max_fails=2 fail_timeout=5s;`)
      .join("\n    "),
    VERDICT_NGINX_RUN: runDirectory,
  };
  await mkdir(join(runDirectory, "cache"), { recursive: true });
  await copyFile(new URL("./mime.types", import.meta.url), join(runDirectory, "mime.types"));
  for (const name of ["nginx.conf", "tls.conf"]) {
    const template = await readFile(new URL(`./${name}.template`, import.meta.url), "utf8");
    const text = template.replace(
      /\$\{(VERDICT_NGINX_\w+)\}/g,
      (_, variable: string) => values[variable] ?? "",
    );
    await writeFile(join(runDirectory, name), text);
  }
  return join(runDirectory, "nginx.conf");
}
