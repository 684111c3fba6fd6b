import { test } from "node:test";
import { holdsInShort } from "../testing/short.ts";
import { cancelAgainstComplete } from "./cancel-against-complete.ts";

test("what was promised holds when an execution is stopped as it ends", () =>
  holdsInShort(cancelAgainstComplete, 8));
