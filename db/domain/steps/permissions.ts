import { z } from "zod";
import { defineStep } from "./definition.ts";
import { text } from "./fields.ts";

export const permissionNames = [
  "geolocation",
  "notifications",
  "camera",
  "microphone",
  "clipboard-read",
  "clipboard-write",
  "midi",
  "background-sync",
  "persistent-storage",
  "screen-wake-lock",
  "storage-access",
] as const;

const list = z.array(z.enum(permissionNames)).max(permissionNames.length);

export const permissions = defineStep({
  type: "permissions",
  title: "Permissions",
  group: "environment",
  summary: "Says what pages may do without asking, and what they may not. What is not named is refused.",
  shape: {
    grant: list.optional().meta({ title: "Grant", description: "Allowed", control: "list" }),
    deny: list.optional().meta({ title: "Deny", description: "Refused", control: "list" }),
    origin: text("Site", "Such as https://shop.example; every site when not given").min(1).optional(),
  },
  rule: (step) => (step.grant === undefined && step.deny === undefined ? "say what: grant or deny" : null),
});
