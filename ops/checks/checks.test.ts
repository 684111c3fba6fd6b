import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { projectRoot } from "../config.ts";
import { pageBreaches } from "./docs.ts";
import { fileFindings, forbiddenContent } from "./files.ts";
import { importBreaches, importsOf } from "./imports.ts";

let root = "";
before(() => {
  root = mkdtempSync(join(tmpdir(), "verdict-checks-"));
});
after(() => rmSync(root, { recursive: true, force: true }));

function file(name: string, text: string): string {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
  return name;
}

describe("import law", () => {
  it("reports an import that a folder may not have", () => {
    file("db/client.ts", "");
    file("db/domain/ids.ts", "");
    file("ops/config.ts", "");
    const page = file("web/pages/run.tsx", 'import { db } from "../../db/client.ts";\n');
    const domain = file("db/domain/states.ts", 'export { x } from "../client.ts";\n');
    const thread = file("worker/browser/thread.ts", 'const x = await import("../../ops/config.ts");\n');
    const fine = file("web/pages/fine.tsx", 'import type { Id } from "../../db/domain/ids.ts";\n');
    const breaches = importBreaches(root, [page, domain, thread, fine]);
    assert.deepEqual(
      breaches.map((breach) => breach.split(" (")[0]),
      [
        "web/pages/run.tsx: web may not import db/client.ts",
        "db/domain/states.ts: db/domain may not import db/client.ts",
        "worker/browser/thread.ts: worker/browser may not import ops/config.ts",
      ],
    );
  });

  it("lets entry points reach for ops and the database, and tests for anything", () => {
    const entry = file("api/main.ts", 'import "../ops/config.ts";\nimport { db } from "../db/client.ts";\n');
    const test = file("web/pages/run.test.ts", 'import { db } from "../../db/client.ts";\n');
    const helper = file("api/testing/app.ts", 'import { db } from "../../db/client.ts";\n');
    assert.deepEqual(importBreaches(root, [entry, test, helper]), []);
  });

  it("keeps the database out of pages and routes, and the server out of everything but entry points", () => {
    const route = file("api/routes/runs.ts", 'import { eq } from "drizzle-orm";\n');
    const app = file("api/app.ts", 'import { serve } from "@hono/node-server";\n');
    const main = file("api/main.ts", 'import { serve } from "@hono/node-server";\n');
    assert.deepEqual(importBreaches(root, [route, app, main]), [
      "api/routes/runs.ts: api may not import drizzle-orm",
      "api/app.ts: only an entry point may import @hono/node-server",
    ]);
  });

  it("reports a file that is not there, and reads every form of import", () => {
    const missing = file("cli/push.ts", 'import { x } from "./nothing";\n');
    assert.match(importBreaches(root, [missing])[0] ?? "", /cli\/push.ts: .\/nothing does not exist/);
    const forms =
      'import a from "a";\nimport {\n  b,\n} from "b";\nimport "c";\nexport * from "d";\nawait import("e");\n// import "f";';
    assert.deepEqual(importsOf(forms).sort(), ["a", "b", "c", "d", "e"]);
  });
});

describe("documentation check", () => {
  const breaches = (text: string) => pageBreaches(projectRoot, "docs/x.md", text, ["check"]);

  it("reports links, paths and scripts that are not there", () => {
    assert.deepEqual(breaches("See [it](nothing.md), `ops/nothing.ts`, and run `npm run nothing`."), [
      "docs/x.md: the link nothing.md leads nowhere",
      "docs/x.md: there is no ops/nothing.ts",
      'docs/x.md: package.json has no script "nothing"',
    ]);
  });

  it("accepts what is there, outside addresses, placeholders and examples in code blocks", () => {
    const text =
      "[a](../package.json) [b](https://example.com/x) `ops/config.ts` `ops/*.ts` `npm run check`\n";
    assert.deepEqual(breaches(`${text}\n\`\`\`\nsee \`ops/nothing.ts\`\n\`\`\`\n`), []);
  });

  it("follows a link to its heading", () => {
    assert.deepEqual(breaches("# One, two\n\n[ok](#one-two) [not](#three)"), [
      "docs/x.md: the link #three leads nowhere",
    ]);
  });
});

describe("committed files", () => {
  it("hold no registry's host and no path of one machine", () => {
    const host = ["https://registry", "npmjs", "org"].join(".");
    assert.match(
      forbiddenContent("x", `a\n"${host}/hono"`)[0] ?? "",
      /^x:2: holds the host of a package registry/,
    );
    assert.match(forbiddenContent("x", `"/${"home"}/anna/verdict"`)[0] ?? "", /absolute path of one machine/);
    assert.deepEqual(
      forbiddenContent("x", "https://example.com/home/anna, $HOME/work/main, ./work/main, /usr/bin/node"),
      [],
    );
  });

  it("are short: a warning above 300 lines, an error above 400", () => {
    const long = file("web/long.ts", "x;\n".repeat(350));
    const tooLong = file("web/too-long.ts", "x;\n".repeat(401));
    const data = file("web/data.json", "1\n".repeat(900));
    assert.deepEqual(fileFindings(root, [long, tooLong, data]), {
      errors: ["web/too-long.ts: 401 lines, at most 400 are allowed"],
      warnings: ["web/long.ts: 350 lines, aim for 300"],
    });
  });
});
