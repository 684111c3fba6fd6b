import { z } from "zod";
import { limits } from "../limits.ts";

/**
 * A step inside of another one. Its type is not spelled out, since the union of all steps would then be made of itself;
 * `childrenOf` gives the steps as what they are.
 */
export type NestedStep = { type: string };

let known: z.ZodType<NestedStep> | null = null;

/** Tells what a step is: the union of all of them, which exists only after each of them. Called once, by the registry. */
export function setStepSchema(schema: z.ZodType<NestedStep>): void {
  known = schema;
}

const step = z.lazy(() => {
  if (known === null) throw new Error("the registry of steps has not been loaded");
  return known;
});

export function nestedSteps(title: string, description: string) {
  return z.array(step).max(limits.stepsPerCaseMax).meta({ title, description, control: "steps" });
}

export const groupName = z.string().trim().min(1).max(100).meta({ title: "Group", description: "Its name" });

/** The fields under which any step may hold steps. */
const nestingFields = ["then", "else", "steps"] as const;

/**
 * Steps that stand too deep, or too many of them, in a value that nobody has looked at yet: it may be nested to any depth.
 * @returns where and what, or null
 */
export function nestingFault(value: unknown): { path: PropertyKey[]; message: string } | null {
  type Open = { steps: readonly unknown[]; path: PropertyKey[]; depth: number };
  const open: Open[] = Array.isArray(value) ? [{ steps: value, path: [], depth: 1 }] : [];
  let count = 0;
  for (let list = open.pop(); list !== undefined; list = open.pop()) {
    const { steps, path, depth } = list;
    if (depth > limits.stepDepthMax) {
      return { path, message: `steps are nested more than ${limits.stepDepthMax} deep; use a group` };
    }
    count += steps.length;
    if (count > limits.stepsPerCaseMax) {
      const message = `a test case has at most ${limits.stepsPerCaseMax} steps, those inside of others counted`;
      return { path: [], message };
    }
    for (const [index, item] of steps.entries()) {
      if (item === null || typeof item !== "object") continue;
      for (const field of nestingFields) {
        const inner: unknown = Reflect.get(item, field);
        if (Array.isArray(inner))
          open.push({ steps: inner, path: [...path, index, field], depth: depth + 1 });
      }
    }
  }
  return null;
}
