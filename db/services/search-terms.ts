import type { TestCaseContent } from "../schema/tests.ts";

const TERM = /[\p{L}\p{N}]+/gu;
const COMBINING_MARKS = /\p{M}+/gu;
const TERMS_MAX = 5_000;
const TERM_CHARS_MAX = 100;
const QUERY_TERMS_MAX = 10;

/**
 * The words of a text in the form in which they are compared: without case, accents and punctuation. The same function
 * makes what is stored and what is looked for, so nothing depends on a parser for one language.
 */
function termsOf(text: string): string[] {
  const plain = text.normalize("NFKD").replace(COMBINING_MARKS, "").toLowerCase();
  return (plain.match(TERM) ?? []).map((term) => term.slice(0, TERM_CHARS_MAX));
}

/** What a test case is found by: its name, description, tags, group and every text of its steps. */
export function searchTerms(content: TestCaseContent): string[] {
  const terms = new Set<string>();
  const { name, description, expectedResult, tags, group, steps } = content;
  eachText([name, description, expectedResult, tags, group, steps], (text) => {
    for (const term of termsOf(text)) if (terms.size < TERMS_MAX) terms.add(term);
  });
  return [...terms];
}

/** A tsquery for all words of what was typed, the last one perhaps not finished; null when there is no word in it. */
export function searchQuery(typed: string): string | null {
  const terms = termsOf(typed).slice(0, QUERY_TERMS_MAX);
  if (terms.length === 0) return null;
  return terms.map((term, index) => `'${term}'${index === terms.length - 1 ? ":*" : ""}`).join(" & ");
}

function eachText(value: unknown, visit: (text: string) => void): void {
  if (typeof value === "string") visit(value);
  else if (Array.isArray(value)) for (const item of value) eachText(item, visit);
  else if (value !== null && typeof value === "object") {
    for (const item of Object.values(value)) eachText(item, visit);
  }
}
