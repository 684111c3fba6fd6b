import { z } from "zod";
import { impacts } from "../accessibility.ts";
import { defineAssertion } from "./definition.ts";
import { locator, target } from "./fields.ts";

const partsMax = 50;

const ruleNames = z.array(
  z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,60}$|\{\{/, "a rule of axe-core is written like color-contrast")
    .max(200),
);

export const expectAccessible = defineAssertion({
  type: "expectAccessible",
  title: "Expect accessible",
  summary:
    "The page, its frames and open shadow roots, or an element, break no rule of axe-core for WCAG 2.2 A and AA, or none of those that are named. All that was found is kept as a file.",
  shape: {
    target: target.optional().meta({
      title: "Target",
      description: "The part of the page that is checked; all of it when not given",
      control: "target",
    }),
    exclude: z.array(locator).max(partsMax).optional().meta({
      title: "Exclude",
      description: "Locators of what is left out; each may match any number of elements",
      control: "list",
    }),
    impact: z.enum(impacts).optional().meta({
      title: "Impact",
      description: "From which impact on a violation fails the step; minor, which is each, when not given",
    }),
    tags: z
      .array(
        z
          .string()
          .regex(
            /^(wcag2[12]?a{1,3}|wcag\d{3,4}|best-practice|section508|EN-301-549|ACT|TTv5|RGAAv4|experimental|cat\.[a-z-]+)$|\{\{/,
            "a tag is wcag2a, wcag2aa, wcag2aaa, wcag21a, wcag21aa, wcag22aa, a criterion such as wcag143, best-practice, section508, EN-301-549, ACT, TTv5, RGAAv4, experimental, or a category such as cat.color",
          )
          .max(200),
      )
      .min(1)
      .max(partsMax)
      .optional()
      .meta({
        title: "Tags",
        description:
          "Rules of these: wcag2a, wcag2aa, wcag21a, wcag21aa and wcag22aa when not given; others are wcag2aaa, a criterion such as wcag143, best-practice, section508, EN-301-549",
        control: "list",
      }),
    withRules: ruleNames.max(partsMax).optional().meta({
      title: "With rules",
      description: "Rules that are checked besides, such as target-size",
      control: "list",
    }),
    withoutRules: ruleNames.max(partsMax).optional().meta({
      title: "Without rules",
      description: "Rules that are not checked",
      control: "list",
    }),
  },
});
