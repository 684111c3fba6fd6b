// For installs that start their processes one by one (containers): migrates, grants, and on a new database creates the
// first owner. May run any number of times, also at once.   node --import tsx ops/migrate.ts
import { ConfigError, loadConfig } from "./config.ts";
import { StartError } from "./home.ts";
import { seed } from "./seed.ts";
import { prepareDatabase } from "./start/prepare.ts";

try {
  const config = loadConfig();
  const databaseUrl = await prepareDatabase(config, null);
  const print = (line: string) => console.log(line);
  const seeded = await seed({ databaseUrl, config: { ...config, demo: false }, demoUrl: null, print });
  const generated = seeded.password !== null && config.admin.password === null;
  print(
    generated
      ? `Sign in as ${seeded.email} with the password ${seeded.password} (shown only this once)`
      : `The database is up to date; the first owner is ${seeded.email}`,
  );
} catch (error) {
  const isPlain = error instanceof ConfigError || error instanceof StartError;
  console.error(isPlain ? error.message : error);
  process.exitCode = 1;
}
