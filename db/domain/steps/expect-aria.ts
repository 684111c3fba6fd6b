import { z } from "zod";
import { AriaSnapshotError, parseAriaSnapshot } from "../aria-snapshot.ts";
import { limits } from "../limits.ts";
import { defineAssertion } from "./definition.ts";
import { target } from "./fields.ts";

export const expectAria = defineAssertion({
  type: "expectAria",
  title: "Expect structure",
  summary:
    "The page, or an element, has such parts for assistive technology, in this order; it may have more.",
  short: "snapshot",
  shape: {
    target: target.optional(),
    snapshot: z
      .string()
      .min(1)
      .max(limits.textBytesMax)
      .superRefine((source, context) => {
        try {
          parseAriaSnapshot(source);
        } catch (error) {
          if (!(error instanceof AriaSnapshotError)) throw error;
          context.addIssue({ code: "custom", message: error.message });
        }
      })
      .meta({
        title: "Snapshot",
        description: 'Roles, names and texts as YAML: - heading "Cart" [level=1]',
        control: "multiline",
      }),
  },
});
