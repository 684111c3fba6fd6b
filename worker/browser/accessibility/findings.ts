import type { RuleResult } from "../../../db/domain/accessibility.ts";
import { criterionWords } from "../../../db/domain/wcag.ts";

const rulesShownMax = 3;
const placesShownMax = 5;
const detailCharsMax = 3_500;

/** `2 violations: image-alt (critical, WCAG 1.1.1) on 3 elements, first css=#logo; …`, for a message of one line. */
export function violationsInWords(violations: readonly RuleResult[]): string {
  const shown = violations.slice(0, rulesShownMax).map((violation) => {
    const first = violation.places[0]?.locator;
    const where = violation.count === 1 ? `on ${first}` : `on ${violation.count} elements, first ${first}`;
    return `${ruleInWords(violation)} ${where}`;
  });
  const more = violations.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}

export function rulesInWords(count: number): string {
  return count === 1 ? "1 violation" : `violations of ${count} rules`;
}

function ruleInWords({ rule, impact, criteria }: RuleResult): string {
  const words = [impact ?? "impact not known", ...criteria.map((number) => `WCAG ${number}`)];
  return `${rule} (${words.join(", ")})`;
}

/** Each violation with its elements and what is wrong with them. */
export function explainViolations(violations: readonly RuleResult[]): string {
  return violations.map(explain).join("\n\n").slice(0, detailCharsMax);
}

function explain({ rule, impact, criteria, help, helpUrl, count, places }: RuleResult): string {
  const shown = places.slice(0, placesShownMax);
  const more = count - shown.length;
  return [
    `${rule} (${impact ?? "impact not known"}): ${help}`,
    ...criteria.map((number) => `WCAG ${criterionWords(number)}`),
    helpUrl,
    ...shown.flatMap(({ locator, html, summary }, index) => [
      `${index + 1}. ${html.replace(/\s+/g, " ").slice(0, 200)}`,
      `   ${locator}`,
      `   ${summary}`,
    ]),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ].join("\n");
}
