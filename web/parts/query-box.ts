import { priorities, testCaseStatuses } from "../../db/domain/states.ts";

export type TestCaseFilter = { search?: string; status?: string; priority?: string; tag?: string };

/**
 * What is typed into the box of the test cases: words, and `@tag`, `s:draft`, `p:high` (a word in double quotes stays a
 * word). What a qualifier does not know is searched for as it stands.
 */
export function parseQueryBox(text: string): TestCaseFilter {
  const filter: TestCaseFilter = {};
  const words: string[] = [];
  for (const token of text.match(/"[^"]*"|\S+/g) ?? []) {
    const [, kind = "", value = ""] = /^(s|p|@):?(.+)$/.exec(token) ?? [];
    if (kind === "@") filter.tag = value;
    else if (kind === "s" && token[1] === ":" && isOneOf(testCaseStatuses, value)) filter.status = value;
    else if (kind === "p" && token[1] === ":" && isOneOf(priorities, value)) filter.priority = value;
    else words.push(token.replaceAll('"', ""));
  }
  const search = words.join(" ").trim();
  return search === "" ? filter : { ...filter, search };
}

function isOneOf(list: readonly string[], value: string): boolean {
  return list.includes(value);
}
