import { z } from "zod";
import { limits } from "../limits.ts";
import { defineStep } from "./definition.ts";
import { target } from "./fields.ts";

export const upload = defineStep({
  type: "upload",
  title: "Upload",
  group: "action",
  summary: "Gives files to a file field.",
  shape: {
    target,
    files: z
      .array(
        z.strictObject({
          name: z
            .string()
            .min(1)
            .max(255)
            .regex(/^[^/\\\0]+$/, "a file name has no slash"),
          content: z.string().max(limits.uploadBytesMax),
          encoding: z.enum(["utf8", "base64"]).optional(),
          mimeType: z.string().max(200).optional(),
        }),
      )
      .max(20)
      .meta({
        title: "Files",
        description: "Name and content of each file; none clears the field",
        control: "json",
      }),
  },
});
