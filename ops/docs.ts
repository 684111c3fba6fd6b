// Writes the pages that are generated from code:   node --import tsx ops/docs.ts [name …]
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { browserPage } from "./browser-reference.ts";
import { projectRoot } from "./config.ts";
import { factsOf, type VariableName, variableNames } from "./environment.ts";
import { metricsPage } from "./metrics-reference.ts";
import { permissionPage } from "./permission-reference.ts";
import { stepReferencePage } from "./step-reference.ts";

/** Generated pages by name; `npm run check` compares each with its file. */
export const generatedDocs: Readonly<Record<string, { path: string; render: () => string }>> = {
  browsers: { path: "docs/browsers.md", render: browserPage },
  configuration: { path: "docs/configuration.md", render: configurationPage },
  metrics: { path: "docs/metrics.md", render: metricsPage },
  permissions: { path: "docs/permissions.md", render: permissionPage },
  steps: { path: "docs/steps.md", render: stepReferencePage },
};

function configurationPage(): string {
  const groups = new Map<string, VariableName[]>();
  for (const name of variableNames) {
    const { group } = factsOf(name);
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  const sections = [...groups].map(
    ([group, names]) =>
      `## ${group}\n\n| variable | what for | value | unset |\n|---|---|---|---|\n${names.map(row).join("\n")}\n`,
  );
  return `# Configuration

Verdict is configured by environment variables, read once when a process starts. A wrong value stops the start
with the variable's name and what would be right. An empty value counts as unset.

Variables marked *secret* are never shown or logged, and each may be given as a file instead: \`NAME_FILE=/run/secrets/name\`
in place of \`NAME\` (not both). White space around the file's content is dropped.

This page is generated from \`ops/environment.ts\` by \`node --import tsx ops/docs.ts configuration\`.

${sections.join("\n")}`;
}

function row(name: VariableName): string {
  const { about, expected, unset, secret } = factsOf(name);
  const cells = [`\`${name}\`${secret ? " *secret*" : ""}`, about, expected, unset];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function main(names: readonly string[]): void {
  for (const name of names.length > 0 ? names : Object.keys(generatedDocs)) {
    const page = generatedDocs[name];
    if (page === undefined) {
      throw new Error(
        `"${name}" is no generated page: expected one of ${Object.keys(generatedDocs).join(", ")}`,
      );
    }
    const file = join(projectRoot, page.path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, page.render());
    console.log(`wrote ${page.path}`);
  }
}

if (import.meta.main) main(process.argv.slice(2));
