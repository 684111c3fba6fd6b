import { test } from "node:test";
import { holdsInShort } from "../testing/short.ts";
import { backendTerminated } from "./backend-terminated.ts";

test("what was promised holds when the server ends connections", () => holdsInShort(backendTerminated, 8));
