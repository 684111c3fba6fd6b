import type { z } from "zod";
import { type Step, type StepType, stepDefinitions, stepSchema, stepTypes } from "../steps/index.ts";

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Texts that trip parsers up: YAML's own words and signs, line ends, white space, every kind of odd character. */
export const texts = [
  "",
  "a",
  " ",
  "\n",
  "\n\n",
  " leading",
  "trailing ",
  "\ttab",
  "two\nlines",
  "ends with a line\n",
  "ends with lines\n\n\n",
  "\nstarts with a line",
  "windows\r\nlines\r\n",
  "\r",
  "  indented\n    more\n  less",
  "# no comment",
  "a # b",
  "a: b",
  "- item",
  "? key",
  "{ flow: map }",
  "[1, 2]",
  "*alias",
  "&anchor",
  "!tag",
  "%directive",
  "@at",
  "`tick`",
  "|",
  ">",
  "---",
  "...",
  "null",
  "~",
  "true",
  "no",
  "0x1F",
  "1e3",
  "-0",
  ".inf",
  "2026-01-01",
  '"quoted"',
  "it's",
  "\\ back \\n slash",
  "{{name}} and \\{{kept}}",
  "{{secrets.password}}",
  "ünïcödé 漢字 🙂",
  "\u2028\u2029\u0085\u00a0\ufeff",
  "\u0000\u0001\u001b[0m",
  "\ud800 alone",
  "x".repeat(300),
  "word ".repeat(60),
  "<<",
  "__proto__",
  "constructor",
  "=",
];

const locators = [
  'role=button[name="Sign in"]',
  "label=Email",
  "text='Don\\'t'",
  "#id > .class",
  "css=a:has(> b)",
  "xpath=//a[@href='x']",
  "//div",
  "frame=0 >> css=input",
  "testid=total >> nth=-1",
  "text=/total: \\d+/i",
  "placeholder=Search: # all",
];
const words = [
  "x",
  "name_1",
  "Shift",
  "notes.txt",
  "/path",
  "de-AT",
  "2026-03-01T09:30:00Z",
  '- button "Save"',
];

type Node = z.ZodType & { _zod: { def: Record<string, unknown> } };

/** A random step of the type that its schema accepts. */
export function generateStep(type: StepType, random: () => number): Step {
  const { schema } = stepDefinitions[type];
  for (let attempt = 0; attempt < 2_000; attempt++) {
    const result = schema.safeParse(generate(schema as unknown as Node, random));
    if (result.success) return result.data as Step;
  }
  throw new Error(`no valid step of the type ${type} was found`);
}

function generate(schema: Node, random: () => number, depth = 0): unknown {
  const { def } = schema._zod;
  const inner = (key: string) => generate(def[key] as Node, random, depth + 1);
  switch (def.type) {
    case "object":
      return generateObject(def.shape as Record<string, Node>, random, depth);
    case "optional":
      return inner("innerType");
    case "string":
      return pick(random() < 0.5 ? locators : random() < 0.4 ? words : texts, random);
    case "number":
      return generateNumber(random);
    case "boolean":
      return random() < 0.5;
    case "literal":
      return (def.values as unknown[])[0];
    case "enum":
      return pick(Object.values(def.entries as object), random);
    case "union":
      return generate(pick(def.options as Node[], random), random, depth + 1);
    case "array":
      return Array.from({ length: 1 + Math.floor(random() * 2) }, () => inner("element"));
    case "record":
      return Object.fromEntries(
        Array.from({ length: 2 }, () => [generate(def.keyType as Node, random), inner("valueType")] as const),
      );
    case "lazy":
      return generateLazy(def, random, depth);
    case "pipe":
      return inner("out");
    default:
      throw new Error(`the generator knows no ${String(def.type)}`);
  }
}

function generateObject(shape: Record<string, Node>, random: () => number, depth: number): unknown {
  const entries = Object.entries(shape)
    .filter(([, field]) => field._zod.def.type !== "optional" || random() < 0.3)
    .map(([key, field]) => [key, generate(field, random, depth + 1)] as const);
  return Object.fromEntries(entries);
}

function generateNumber(random: () => number): number {
  return pick([0, 1, 2, 3, 100, 200, 404, 0.5, 1.25, -7, 1e21, 1e-7], random);
}

/** What refers to itself: steps inside of steps, or JSON. */
function generateLazy(def: Record<string, unknown>, random: () => number, depth: number): unknown {
  const schema = (def.getter as () => Node)();
  if (schema !== (stepSchema as unknown as Node)) return generateJson(random, depth);
  return generateStep(pick(simpleSteps, random), random);
}

const simpleSteps = stepTypes.filter((type) => stepDefinitions[type].nested.length === 0);

function generateJson(random: () => number, depth: number): unknown {
  const kind = depth > 6 ? 0 : Math.floor(random() * 6);
  if (kind === 1) return generateNumber(random);
  if (kind === 2) return pick([null, true, false], random);
  if (kind !== 3 && kind !== 4) return pick(texts, random);
  const items = Array.from({ length: Math.floor(random() * 3) }, () => generateJson(random, depth + 2));
  if (kind === 3) return items;
  return Object.fromEntries(items.map((item) => [pick(texts, random), item]));
}

export function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}
