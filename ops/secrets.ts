// Which key has sealed what, and taking all of it over by the key of now:   npm run secrets -- status | rotate [--batch ROWS]
import { applicationAddress } from "../db/application-role.ts";
import { openDb } from "../db/client.ts";
import type { Ctx } from "../db/services/context.ts";
import { openKeys } from "../db/services/envelope.ts";
import { type KeyUse, keysInUse, renewAll, type Unreadable } from "../db/services/key-rotation.ts";
import { type Config, ConfigError, loadConfig } from "./config.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { lockHome, StartError } from "./home.ts";
import { prepareDatabase } from "./start/prepare.ts";

const usage = "expected: npm run secrets -- status, or npm run secrets -- rotate [--batch ROWS]";
const batchRowsDefault = 100;
const batchRowsMax = 1_000;
const unreadableShown = 200;
const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  const { command, batchRows } = readArguments(args);
  const config = loadConfig();
  return withDatabase(config, (ctx) => (command === "status" ? status(ctx) : rotate(ctx, batchRows)));
}

function readArguments([command, ...flags]: readonly string[]): { command: string; batchRows: number } {
  if (command === "status" && flags.length === 0) return { command, batchRows: batchRowsDefault };
  if (command !== "rotate") throw new StartError(`"${command ?? ""}" is no command; ${usage}`);
  if (flags.length === 0) return { command, batchRows: batchRowsDefault };
  const batchRows = flags.length === 2 && flags[0] === "--batch" ? Number(flags[1]) : Number.NaN;
  if (Number.isInteger(batchRows) && batchRows >= 1 && batchRows <= batchRowsMax)
    return { command, batchRows };
  throw new StartError(`"${flags.join(" ")}" is not right; ${usage}, with ROWS from 1 to ${batchRowsMax}`);
}

/** The application's own role: it sees each organization's rows in turn, and no other way is needed. */
async function withDatabase(config: Config, work: (ctx: Ctx) => Promise<number>): Promise<number> {
  const release = config.databaseUrl === null ? lockHome(config.home) : () => undefined;
  try {
    const embedded = config.databaseUrl === null ? await startEmbeddedPostgres({ home: config.home }) : null;
    try {
      const url =
        config.databaseUrl === null
          ? await prepareDatabase(config, embedded)
          : (await applicationAddress(config.databaseUrl)).url;
      return await withUrl(config, url, work);
    } finally {
      await embedded?.stop();
    }
  } finally {
    release();
  }
}

async function withUrl(config: Config, url: string, work: (ctx: Ctx) => Promise<number>): Promise<number> {
  const db = openDb({ url, connectionsMax: 1, name: "verdict-secrets" });
  try {
    return await work({
      db,
      actor: { kind: "system", name: "npm run secrets", organizationId: null },
      keys: openKeys(config.secretKey, config.secretKeysOther),
      now: () => new Date(),
      requestId: null,
      address: null,
      userAgent: null,
    });
  } finally {
    await db.close();
  }
}

async function rotate(ctx: Ctx, batchRows: number): Promise<number> {
  let renewed = 0;
  const unreadable: Unreadable[] = [];
  for await (const batch of renewAll(ctx, batchRows)) {
    renewed += batch.renewed;
    unreadable.push(...batch.unreadable);
    say(`${renewed} sealed with the key of now, ${unreadable.length} can't be read`);
  }
  for (const { what, why } of unreadable.slice(0, unreadableShown)) say(`  ${what}: ${why}`);
  if (unreadable.length > unreadableShown) say(`  and ${unreadable.length - unreadableShown} more`);
  const left = await status(ctx);
  return unreadable.length > 0 ? 1 : left;
}

async function status(ctx: Ctx): Promise<number> {
  const uses = await keysInUse(ctx);
  say(`The key of now is ${ctx.keys?.keyId}.`);
  for (const use of uses) say(`  ${use.count} ${use.what}: ${stateOf(ctx, use)}`);
  const others = uses.filter(({ keyId }) => keyId !== ctx.keys?.keyId);
  const lost = others.filter(({ isHere }) => !isHere);
  if (lost.length > 0) {
    say(
      "What a missing key has sealed can't be read: add the key to SECRET_KEYS_OTHER, or set those values again.",
    );
  } else if (others.length > 0) {
    say("Rotate takes them over; until then their key has to stay in SECRET_KEYS_OTHER.");
  } else {
    say("No other key is needed: SECRET_KEYS_OTHER may be emptied.");
  }
  return lost.length > 0 ? 1 : 0;
}

function stateOf(ctx: Ctx, { keyId, isHere }: KeyUse): string {
  if (keyId === ctx.keys?.keyId) return "sealed with the key of now";
  return `sealed with ${keyId}, which is ${isHere ? "one of the others" : "missing"}`;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isPlain = error instanceof ConfigError || error instanceof StartError;
  console.error(isPlain ? error.message : error);
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
