import { z } from "zod";

export type JsonSchema = Record<string, unknown>;

type Use = { key: string; schema: z.ZodType; io: "input" | "output" };
type Side = { roots: Record<string, JsonSchema>; definitions: Record<string, JsonSchema> };

const place = "#/components/schemas/";

/**
 * JSON Schemas of all uses, with what has a name as a shared component. A component that looks different as input (where
 * what has a default may be left out) gets the suffix `Input`.
 */
export function componentsOf(uses: readonly Use[]): {
  components: Record<string, JsonSchema>;
  of: (key: string) => JsonSchema | null;
} {
  const output = sideOf(uses, "output");
  const input = sideOf(uses, "input");
  const renamed = differing(input, output);
  const components: Record<string, JsonSchema> = {};
  const add = (side: Side, nameOf: (name: string) => string) => {
    for (const [name, schema] of Object.entries(side.definitions)) {
      components[nameOf(name)] = withReferences(schema, nameOf);
    }
  };
  const inputName = (name: string) => (renamed.has(name) ? `${plainName(name)}Input` : plainName(name));
  add(input, inputName);
  add(output, plainName);
  return {
    components: Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1))),
    of: (key) => {
      if (input.roots[key]) return withReferences(input.roots[key], inputName);
      return output.roots[key] ? withReferences(output.roots[key], plainName) : null;
    },
  };
}

/** All of one side at once, so that each name stands for one schema. */
function sideOf(uses: readonly Use[], io: Use["io"]): Side {
  const shape = Object.fromEntries(
    uses.filter((use) => use.io === io).map(({ key, schema }) => [key, schema]),
  );
  const whole = z.toJSONSchema(z.object(shape), { io, unrepresentable: "any", target: "draft-2020-12" });
  const definitions = (whole.$defs ?? {}) as Record<string, JsonSchema>;
  return { roots: (whole.properties ?? {}) as Record<string, JsonSchema>, definitions };
}

/** Names of input components that are not what the output component of the name is, or that lead to such a one. */
function differing(input: Side, output: Side): Set<string> {
  const names = Object.keys(input.definitions).filter((name) => output.definitions[name] !== undefined);
  const found = new Set(
    names.filter(
      (name) => JSON.stringify(input.definitions[name]) !== JSON.stringify(output.definitions[name]),
    ),
  );
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const name of names) {
      const text = JSON.stringify(input.definitions[name]);
      if ([...found].some((other) => text.includes(`"#/$defs/${other}"`))) found.add(name);
    }
  }
  return found;
}

/** Zod numbers the recursive schemas that nobody has named. */
function plainName(name: string): string {
  return name.replace(/^__schema(\d+)$/, "Shared$1");
}

/** Our references, and without the name that Zod repeats inside. */
function withReferences({ id: name, ...schema }: JsonSchema, nameOf: (name: string) => string): JsonSchema {
  const own = typeof name === "string" ? schema : { id: name, ...schema };
  return JSON.parse(JSON.stringify(own), (key, value: unknown) => {
    const target =
      key === "$ref" && typeof value === "string" ? /^#\/\$defs\/(.+)$/.exec(value)?.[1] : undefined;
    return target === undefined ? value : `${place}${nameOf(target)}`;
  }) as JsonSchema;
}
