import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Application, startApplication } from "./application.ts";
import { packageTarball } from "./tarball.ts";

/** The account that the suite signs in with. */
export const verdaccioAccount = { name: "ann", password: "a-good-password" } as const;

type Published = { name: string; version: string; description: string; keywords: string[]; readme: string };

const packages: readonly Published[] = [
  {
    name: "left-shelf",
    version: "1.4.2",
    description: "Puts things on the left shelf",
    keywords: ["shelf", "storage"],
    readme: "# left-shelf\n\nA shelf for **things**.\n\n```js\nshelf.put('book')\n```\n",
  },
  {
    name: "right-shelf",
    version: "0.9.0",
    description: "Puts things on the right shelf",
    keywords: ["shelf"],
    readme: "# right-shelf\n\nThe other one.\n",
  },
  {
    name: "@corner/teapot",
    version: "2.0.1",
    description: "Short and stout",
    keywords: ["kitchen"],
    readme: "# teapot\n\nTips over and pours out.\n",
  },
];

/** A package registry with its web interface: three packages, no connection to any other registry. */
export async function startVerdaccio(): Promise<Application> {
  const application = await startApplication({
    name: "verdaccio",
    script: "verdaccio/bin/verdaccio",
    async prepare(folder, port) {
      const config = join(folder, "config.json");
      await writeFile(config, JSON.stringify(configOf(folder)));
      return ["--config", config, "--listen", `127.0.0.1:${port}`];
    },
  });
  try {
    const token = await addUser(application.url);
    for (const published of packages) await publish(application.url, token, published);
    return application;
  } catch (error) {
    await application.stop();
    throw error;
  }
}

/** JSON is YAML, too. */
function configOf(folder: string) {
  return {
    storage: join(folder, "storage"),
    auth: { htpasswd: { file: join(folder, "htpasswd"), max_users: 5 } },
    uplinks: {},
    packages: { "**": { access: "$all", publish: "$authenticated", unpublish: "$authenticated" } },
    web: { enable: true, title: "Corner registry", showSettings: true },
    log: { type: "stdout", format: "pretty", level: "warn" },
  };
}

async function addUser(url: string): Promise<string> {
  const answer = await put(url, `-/user/org.couchdb.user:${verdaccioAccount.name}`, verdaccioAccount, null);
  const { token } = (await answer.json()) as { token?: string };
  if (!token) throw new Error("Verdaccio gave the new user no token");
  return token;
}

async function publish(url: string, token: string, published: Published): Promise<void> {
  const { name, version, readme, ...rest } = published;
  const manifest = {
    ...rest,
    name,
    version,
    license: "MIT",
    main: "index.js",
    author: { name: "Ann Example" },
  };
  const tarball = packageTarball({
    "package.json": JSON.stringify(manifest),
    "index.js": "export {};\n",
    "README.md": readme,
  });
  const file = `${name.replace(/^@[^/]+\//, "")}-${version}.tgz`;
  const dist = {
    tarball: `${url}${name}/-/${file}`,
    shasum: createHash("sha1").update(tarball).digest("hex"),
    integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
  };
  const attachment = {
    content_type: "application/octet-stream",
    data: tarball.toString("base64"),
    length: tarball.length,
  };
  const body = {
    _id: name,
    name,
    readme,
    description: published.description,
    "dist-tags": { latest: version },
    versions: { [version]: { ...manifest, _id: `${name}@${version}`, readme, dist } },
    _attachments: { [file]: attachment },
  };
  await put(url, name.replace("/", "%2f"), body, token);
}

async function put(url: string, path: string, body: unknown, token: string | null): Promise<Response> {
  const response = await fetch(`${url}${path}`, {
    method: "PUT",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
  if (!response.ok) throw new Error(`PUT ${path} answered ${response.status}: ${await response.text()}`);
  return response;
}
