import { z } from "zod";
import { limits } from "../limits.ts";
import { defineAssertion } from "./definition.ts";
import { multiline, text, textMatch } from "./fields.ts";

export const expectDownload = defineAssertion({
  type: "expectDownload",
  title: "Expect download",
  summary: "The page has given a file since the last act, whole and as described. The file is kept.",
  short: "fileName",
  shape: {
    fileName: text("File name", "As the page or the server calls it; * stands for anything")
      .min(1)
      .optional(),
    sizeBytes: z
      .int()
      .min(0)
      .max(limits.downloadBytesMax)
      .optional()
      .meta({ title: "Size", description: "In bytes, exactly" }),
    minBytes: z
      .int()
      .min(0)
      .max(limits.downloadBytesMax)
      .optional()
      .meta({ title: "At least", description: "In bytes" }),
    text: multiline("Text", "A part of the file, read as UTF-8, when no match is given").optional(),
    match: textMatch.optional(),
  },
  rule: (step) =>
    step.match !== undefined && step.text === undefined
      ? "match says how text is compared; give the text"
      : null,
});
