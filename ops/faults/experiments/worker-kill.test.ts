import { test } from "node:test";
import { holdsInShort } from "../testing/short.ts";
import { workerKill } from "./worker-kill.ts";

test("what was promised holds when workers are killed at any stage", () => holdsInShort(workerKill, 4));
