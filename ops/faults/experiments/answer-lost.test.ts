import { test } from "node:test";
import { holdsInShort } from "../testing/short.ts";
import { answerLost } from "./answer-lost.ts";

test("a request whose answer was lost after its commit is answered with it when it is repeated", () =>
  holdsInShort(answerLost, 2));
