import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { generatedDocs } from "../docs.ts";

const topFolders = "api|cli|db|docs|grafana|nginx|ops|web|worker";
/** `ops/start.ts`, `db/domain/`, `Dockerfile`; not globs, placeholders or commands. */
const repositoryPath = new RegExp(
  `^(?:(?:${topFolders})/[\\w./-]*|package\\.json|tsconfig\\.json|Dockerfile|bun\\.lock)$`,
);
const ownPages = /^(?:[A-Z][\w.-]*\.md|docs\/.*\.md|\.github\/.*\.md)$/;

/** Links and names in the documentation that lead nowhere, and generated pages that are out of date. */
export function docsBreaches(root: string, files: readonly string[]): string[] {
  const scripts = packageScripts(root);
  const breaches = files
    .filter((file) => ownPages.test(file))
    .flatMap((file) => pageBreaches(root, file, readFileSync(join(root, file), "utf8"), scripts));
  return [...breaches, ...staleDocs(root)];
}

/** Exposed for its test: what one page names that is not there. */
export function pageBreaches(root: string, file: string, text: string, scripts: readonly string[]): string[] {
  const prose = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, "");
  const links = [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map((match) => match[1] ?? "");
  const codes = [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");
  const commands = [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map((match) => match[1] ?? "");
  return [
    ...links
      .filter((link) => !leadsSomewhere(root, file, text, link))
      .map((link) => `${file}: the link ${link} leads nowhere`),
    ...codes
      .filter((code) => repositoryPath.test(code) && !existsSync(join(root, code)))
      .map((code) => `${file}: there is no ${code}`),
    ...commands
      .filter((name) => !scripts.includes(name))
      .map((name) => `${file}: package.json has no script "${name}"`),
  ];
}

function leadsSomewhere(root: string, file: string, text: string, link: string): boolean {
  if (/^[a-z]+:/i.test(link) || link.startsWith("/")) return true;
  const [path = "", anchor] = decodeURIComponent(link).split("#");
  if (path === "") return anchorsOf(text).includes(anchor ?? "");
  const target = posix.join(dirname(file), path);
  if (!existsSync(join(root, target))) return false;
  if (anchor === undefined || !target.endsWith(".md")) return true;
  return anchorsOf(readFileSync(join(root, target), "utf8")).includes(anchor);
}

/** GitHub's names for headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#{1,6}\s+(.+)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-"),
  );
}

function staleDocs(root: string): string[] {
  return Object.entries(generatedDocs).flatMap(([name, { path, render }]) => {
    const file = join(root, path);
    if (existsSync(file) && readFileSync(file, "utf8") === render()) return [];
    return [`${path} is out of date: run \`node --import tsx ops/docs.ts ${name}\``];
  });
}

function packageScripts(root: string): string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const scripts =
    typeof manifest === "object" && manifest !== null && "scripts" in manifest ? manifest.scripts : {};
  return Object.keys(scripts ?? {});
}
