import { test } from "node:test";
import { holdsInShort } from "../testing/short.ts";
import { poisonJob } from "./poison-job.ts";

test("a job that takes its workers with it ends after three, and hurts nobody beside it", () =>
  holdsInShort(poisonJob, 1));
