import { z } from "zod";
import { limitsOf } from "../db/domain/steps/browser-support.ts";
import {
  browserNames,
  browserTitles,
  type StepDefinition,
  type StepGroup,
} from "../db/domain/steps/definition.ts";
import { definitionOf, stepTypes } from "../db/domain/steps/index.ts";

type Property = {
  type?: string;
  title?: string;
  description?: string;
  enum?: unknown[];
  anyOf?: Property[];
  items?: Property;
  const?: unknown;
};

export const groupTitles: Record<StepGroup, string> = {
  navigation: "Navigation",
  action: "Acting",
  flow: "Conditions, loops and groups",
  data: "Data",
  network: "Network",
  environment: "What the page sees",
  assertion: "Assertions",
};

/** Fields that every step (or every assertion) has; told once, above the list. */
const common = new Set(["type", "name", "timeoutMs", "optional", "disabled", "not", "soft"]);

/** `docs/steps.md`: the step language, from the definitions that validate it. */
export function stepReferencePage(): string {
  const groups = Object.keys(groupTitles) as StepGroup[];
  return `# Steps

Every step of the language, from \`db/domain/steps/\`. This page is generated: \`node --import tsx ops/docs.ts steps\`.

A step is written \`{ type: click, target: … }\`, or in YAML in the short form \`- click: role=button[name="Sign in"]\` where
the page names one. Every step also takes:

${commonFields(["name", "timeoutMs", "optional", "disabled"])}

Every assertion waits until it holds, and also takes:

${commonFields(["not", "soft"])}

${groups.map(groupSection).join("\n")}
${browserSection()}`;
}

/** What not every browser can do, in one table. */
function browserSection(): string {
  const names = Object.values(browserTitles);
  const rows = stepTypes
    .map(definitionOf)
    .flatMap(({ type, browsers, parts }) => [
      ...(browsers.length < browserNames.length
        ? [{ step: `\`${type}\``, what: "all of it", browsers }]
        : []),
      ...parts.map(({ field, what, browsers: able }) => ({
        step: `\`${type}\` with \`${field}\``,
        what,
        browsers: able,
      })),
    ])
    .map(({ step, what, browsers }) => {
      const marks = browserNames.map((name) => (browsers.includes(name) ? "yes" : "no"));
      return `| ${step} | ${what} | ${marks.join(" | ")} |`;
    });
  return `## What not every browser can do

Everything else works in all of them, see [what each is held to](browsers.md). A test case that asks for what its browser can't do is refused
before it runs.

| step | what | ${names.join(" | ")} |
|---|---|${names.map(() => "---|").join("")}
${rows.join("\n")}
`;
}

function groupSection(group: StepGroup): string {
  const definitions = stepTypes.map(definitionOf).filter((definition) => definition.group === group);
  return `## ${groupTitles[group]}\n\n${definitions.map(stepSection).join("\n")}`;
}

function stepSection(definition: StepDefinition): string {
  const { properties, required } = fieldsOf(definition);
  const fields = Object.entries(properties).filter(([name]) => !common.has(name));
  const rows = fields.map(([name, property]) => {
    const need = required.has(name) ? "yes" : "";
    const kind = definition.nested.includes(name) ? "list of steps" : kindOf(property);
    return `| \`${name}\` | ${need} | ${kind} | ${property.description ?? ""} |`;
  });
  const table =
    rows.length > 0 ? `| field | needed | value | meaning |\n|---|---|---|---|\n${rows.join("\n")}\n` : "";
  const only = limitsOf(definition)
    .map((text) => ` *${text}.*`)
    .join("");
  const short = definition.short
    ? ` Short form: \`- ${definition.type}: …\` gives \`${definition.short}\`.`
    : "";
  return `### ${definition.type}\n\n${definition.summary}${only}${short}\n${table ? `\n${table}` : ""}`;
}

function commonFields(names: readonly string[]): string {
  const { properties } = fieldsOf(definitionOf("expectText"));
  return names
    .map(
      (name) => `- \`${name}\`: ${kindOf(properties[name] ?? {})}. ${properties[name]?.description ?? ""}.`,
    )
    .join("\n");
}

function fieldsOf(definition: StepDefinition): {
  properties: Record<string, Property>;
  required: Set<string>;
} {
  const schema = z.toJSONSchema(definition.schema, { io: "input", unrepresentable: "any" }) as {
    properties?: Record<string, Property>;
    required?: string[];
  };
  return { properties: schema.properties ?? {}, required: new Set(schema.required) };
}

function kindOf(property: Property): string {
  if (property.const !== undefined) return `\`${property.const}\``;
  if (property.enum) return property.enum.map((value) => `\`${value}\``).join(", ");
  if (property.anyOf) return [...new Set(property.anyOf.map(kindOf))].join(" or ");
  if (property.type === "array") return `list of ${property.items ? kindOf(property.items) : "values"}`;
  return (
    { string: "text", integer: "whole number", boolean: "true or false" }[property.type ?? ""] ??
    property.type ??
    "any"
  );
}
