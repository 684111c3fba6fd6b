import { type FieldError, invalidInput } from "../../db/domain/errors.ts";

/** Variables as they are written in a text area: `NAME=value`, a line each; what has a line break is written as JSON text. */
export function formatVariables(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${needsQuotes(value) ? JSON.stringify(value) : value}`)
    .join("\n");
}

function needsQuotes(value: string): boolean {
  return /[\r\n]/.test(value) || value !== value.trim() || value.startsWith('"');
}

/**
 * @throws AppError `invalid-input` at `variables` for a line without `=`, a name that is given twice, or a broken quotation.
 */
export function parseVariables(text: string): Record<string, string> {
  const variables = new Map<string, string>();
  const faults: FieldError[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const fault = takeLine(line, variables);
    if (fault) faults.push({ path: "variables", message: `line ${index + 1}: ${fault}` });
  }
  if (faults.length > 0) throw invalidInput(faults);
  return Object.fromEntries(variables);
}

function takeLine(line: string, variables: Map<string, string>): string | null {
  const at = line.indexOf("=");
  if (at < 1) return "write NAME=value";
  const name = line.slice(0, at).trim();
  if (variables.has(name)) return `${name} is given twice`;
  const value = line.slice(at + 1).trim();
  if (!value.startsWith('"')) {
    variables.set(name, value);
    return null;
  }
  try {
    variables.set(name, String(JSON.parse(value)));
    return null;
  } catch {
    return `the value of ${name} begins with a quotation mark that is not closed; write it as JSON text`;
  }
}
