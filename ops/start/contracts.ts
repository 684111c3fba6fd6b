import type { Config } from "../config.ts";

/** What `ops/seed.ts` receives. */
export type SeedOptions = {
  /** The application role's address. */
  databaseUrl: string;
  config: Config;
  /** Where the demo site answers; null without a demo. It may differ from the last start's. */
  demoUrl: string | null;
  print: (line: string) => void;
};

/** What `ops/seed.ts` answers. On later starts `created` is false and nothing was changed but the demo's address. */
export type SeedResult = {
  created: boolean;
  email: string;
  /** The first owner's password, when it was set or generated now. */
  password: string | null;
  demoSuiteId: string | null;
};

/** What `ops/demo/site.ts` answers. */
export type DemoSite = { url: string; close(): Promise<void> | void };
