import type { TestApp } from "../../api/testing/app.ts";
import { groupInputSchema } from "../../db/domain/group-resources.ts";
import { createGroup, updateGroup } from "../../db/services/groups.ts";
import { hostile } from "./seed-texts.ts";

/** Groups of steps: one that another calls, one with a name that means no good. */
export async function seedGroups(t: TestApp, projectId: string): Promise<string> {
  const ctx = t.world.as.alice;
  const make = (input: object) => createGroup(ctx, projectId, groupInputSchema.parse(input));
  const signIn = await make({
    name: "Sign in",
    parameters: [{ name: "user" }, { name: "password", default: "{{secrets.password}}" }],
    steps: [
      { type: "goto", url: "/sign-in" },
      { type: "fill", target: "label=User", value: "{{user}}" },
      { type: "fill", target: "label=Password", value: "{{password}}" },
      { type: "click", target: 'role=button[name="Sign in"]' },
    ],
    message: "As the old tests did it",
  });
  await updateGroup(ctx, projectId, signIn.id, {
    description: "Ends on the page that follows.",
    message: hostile,
  });
  await make({ name: "Open the cart", steps: [{ type: "group", group: "Sign in", with: { user: "ada" } }] });
  await make({ name: hostile.slice(0, 100), steps: [{ type: "reload" }] });
  return signIn.id;
}
