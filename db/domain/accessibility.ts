import { z } from "zod";

/** How much a fault hinders people, from the least to the most. */
export const impacts = ["minor", "moderate", "serious", "critical"] as const;
export type Impact = (typeof impacts)[number];

/** What is checked when nothing is said: WCAG 2.2 at the levels A and AA, with what it took over from 2.0 and 2.1. */
export const usualTags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] as const;

const checkedPlaceSchema = z.strictObject({
  /** In the language of locators. */
  locator: z.string(),
  html: z.string(),
  /** What is wrong with it. */
  summary: z.string(),
  /** The file with a picture of it, of a check that failed. */
  pictureId: z.string().optional(),
});

const ruleResultSchema = z.strictObject({
  rule: z.string(),
  impact: z.enum(impacts).nullable(),
  /** Success criteria of WCAG, such as 1.4.3. */
  criteria: z.array(z.string()),
  help: z.string(),
  helpUrl: z.string(),
  /** How many elements; `places` are the first of them. */
  count: z.int(),
  places: z.array(checkedPlaceSchema),
});
export type RuleResult = z.output<typeof ruleResultSchema>;
export type CheckedPlace = z.output<typeof checkedPlaceSchema>;

/** What a check for accessibility found: the file of kind `accessibility`. */
export const accessibilityReportSchema = z.strictObject({
  v: z.literal(1),
  engine: z.string(),
  url: z.string(),
  at: z.string(),
  /** From which impact on a violation counts. */
  impact: z.enum(impacts),
  tags: z.array(z.string()),
  violations: z.array(ruleResultSchema),
  /** What a person has to look at. */
  incomplete: z.array(ruleResultSchema),
  /** Rules that hold. */
  passes: z.array(z.string()),
  /** Frames that could not be looked into. */
  framesLeftOut: z.int(),
});
export type AccessibilityReport = z.output<typeof accessibilityReportSchema>;

/** The criteria that the tags of a rule name: `wcag143` is 1.4.3, `wcag2411` is 2.4.11. */
export function criteriaOf(tags: readonly string[]): string[] {
  return tags.flatMap((tag) => {
    const [, principle, guideline, criterion] = /^wcag(\d)(\d)(\d{1,2})$/.exec(tag) ?? [];
    return criterion === undefined ? [] : [`${principle}.${guideline}.${criterion}`];
  });
}

/** Whether a fault of this impact counts; one whose impact is not known does. */
export function counts(impact: Impact | null, from: Impact): boolean {
  return impact === null || impacts.indexOf(impact) >= impacts.indexOf(from);
}
