import { definitionOf } from "../../db/domain/steps/index.ts";
import type { DraftStep } from "../forms/step-fields.ts";
import { Text } from "./text.tsx";

/** What is told of a step in one line, in this order: where, then what. */
const told = [
  "target",
  "to",
  "visible",
  "hidden",
  "elements",
  "times",
  "while",
  "method",
  "url",
  "key",
  "attribute",
  "variable",
  "as",
  "list",
  "text",
  "value",
  "title",
  "comparison",
  "count",
  "state",
  "ms",
  "tab",
  "action",
  "script",
  "function",
  "status",
  "width",
  "height",
] as const;
const locators: readonly string[] = ["target", "to", "visible", "hidden", "elements"];
const charsMax = 120;
const partsMax = 3;

/** A step in one line: its name when it has one, else what it does, with its locator and values in monospace. */
export function StepLine({ step }: { step: DraftStep }) {
  const { title } = definitionOf(step.type);
  const given = told.filter((field) => step[field] !== undefined && step[field] !== "").slice(0, partsMax);
  const flags = ["not", "optional", "soft", "disabled"].filter((flag) => step[flag] === true);
  return (
    <span class="step-line">
      {typeof step.name === "string" ? (
        <span class="step-verb">
          <Text of={step.name} />
        </span>
      ) : (
        <>
          <span class="step-verb">{title}</span>
          {flags.includes("not") ? <span class="step-not">not</span> : null}
          {given.map((field) => (
            <code class={locators.includes(field) ? "locator" : "value"}>
              <Text of={shorten(textOf(step[field]))} />
            </code>
          ))}
        </>
      )}
      {flags
        .filter((flag) => flag !== "not")
        .map((flag) => (
          <span class="chip">{flag}</span>
        ))}
    </span>
  );
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return textOf(value[0]) + (value.length > 1 ? ` +${value.length - 1}` : "");
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length <= charsMax ? line : `${line.slice(0, charsMax - 1)}…`;
}
