import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "./ops/embedded-postgres.ts";
import { spawn } from "node:child_process";
import { once } from "node:events";
const scratch = mkdtempSync(join(tmpdir(), "visual-shots-"));
const server = await startEmbeddedPostgres({ home: join(scratch, "pg"), fsync: false });
const child = spawn(process.execPath, ["--import", "tsx", "web/testing/preview.ts", ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, VERDICT_TEST_PG_OWNER_URL: server.superuserUrl, VERDICT_HOME: join(scratch, "home"), TMPDIR: scratch },
});
await once(child, "exit");
await server.stop();
rmSync(scratch, { recursive: true, force: true });
