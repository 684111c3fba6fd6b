// The demo site by itself, for installs of containers:   PORT=8000 node --import tsx ops/demo-site.ts
import { startDemoSite } from "./demo/site.ts";

const site = await startDemoSite({ port: Number(process.env.PORT ?? 8000), host: "0.0.0.0" });
console.log(`The demo site listens on port ${site.port}`);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void site.close());
