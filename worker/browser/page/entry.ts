import type { PageEngine } from "./contract.ts";
import { createEngine } from "./engine.ts";

declare global {
  var __verdict: PageEngine | undefined;
}

// The script may be sent to a document that has it already.
globalThis.__verdict ??= createEngine();
