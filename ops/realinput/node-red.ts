import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Application, startApplication } from "./application.ts";

/** The editor of flows, empty, without what asks the network or greets newcomers. */
export async function startNodeRed(): Promise<Application> {
  return startApplication({
    name: "node-red",
    script: "node-red/red.js",
    async prepare(folder, port) {
      const settings = {
        uiHost: "127.0.0.1",
        flowFile: "flows.json",
        credentialSecret: "of the tests",
        telemetry: { enabled: false, updateNotification: false },
        externalModules: { palette: { allowInstall: false }, modules: { allowInstall: false } },
        editorTheme: { tours: false, projects: { enabled: false } },
        logging: { console: { level: "warn", metrics: false, audit: false } },
      };
      const file = join(folder, "settings.cjs");
      await writeFile(file, `module.exports = ${JSON.stringify(settings)};\n`);
      return ["--userDir", folder, "--settings", file, "--port", String(port)];
    },
  });
}
