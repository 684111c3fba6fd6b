import type { Protocol } from "puppeteer";

const argsMax = 20;
const charsMax = 16_000;

type Argument = Protocol.Runtime.RemoteObject;

/** What the page logged, as a line of text: placeholders filled in, objects in short. */
export function consoleText(args: readonly Argument[]): string {
  const [first, ...rest] = args.slice(0, argsMax);
  if (!first) return "";
  if (first.type !== "string" || !/%[sdifoOc%]/.test(String(first.value))) {
    return join([first, ...rest].map(describe));
  }
  const left = [...rest];
  const text = String(first.value).replace(/%([sdifoOc%])/g, (whole, directive: string) => {
    if (directive === "%") return "%";
    const argument = left.shift();
    if (!argument) return whole;
    return directive === "c" ? "" : describe(argument);
  });
  return join([text, ...left.map(describe)]);
}

function join(parts: string[]): string {
  return parts.join(" ").slice(0, charsMax);
}

function describe(argument: Argument): string {
  if (argument.type === "string") return String(argument.value);
  if (argument.unserializableValue) return argument.unserializableValue;
  if (argument.subtype === "null") return "null";
  if (argument.type === "undefined") return "undefined";
  if ("value" in argument && typeof argument.value !== "object") return String(argument.value);
  if (argument.preview && argument.subtype !== "error") return preview(argument.preview);
  return argument.description ?? argument.type;
}

function preview(object: Protocol.Runtime.ObjectPreview): string {
  const isList = object.subtype === "array" || object.subtype === "typedarray";
  const items = object.properties.map((property) => {
    const value =
      property.type === "string" ? JSON.stringify(property.value ?? "") : (property.value ?? property.type);
    return isList ? value : `${property.name}: ${value}`;
  });
  if (object.overflow) items.push("…");
  const body = items.join(", ");
  if (isList) return `[${body}]`;
  if (object.properties.length === 0 && object.description) return object.description;
  return `{${body}}`;
}
