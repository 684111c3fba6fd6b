/** What file systems and browsers put `_` for in the name of a file. */
const notInFileNames = new Set('"*/:<>?\\|~');
/** Characters that JavaScript and JSON write with a backslash before a letter. */
const letters: Readonly<Record<string, string>> = { "\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f" };
const names: Readonly<Record<string, string>> = {
  "&": "amp",
  "<": "lt",
  ">": "gt",
  '"': "quot",
  "'": "apos",
};
/** Fewer characters at a place where a text was cut are found everywhere. */
const cutCharsMin = 6;

/**
 * A regular expression, as source, for a text in every form in which pages, logs and files write it: as it is, each character
 * percent-encoded (also twice, in either case), with the escapes of JSON and JavaScript (also of JSON within JSON), with those
 * of HTML, as the name of a file; mixed in any way. Where a text was cut by whoever shows it (at the end, or before an ellipsis)
 * its beginning is enough.
 */
export function patternOf(text: string): string {
  const units = [...text].map(formsOfCharacter);
  const whole = units.join("");
  if (units.length <= cutCharsMin) return whole;
  const beginning = units.slice(0, cutCharsMin).join("");
  const rest = units.slice(cutCharsMin, -1).reduceRight((inner, unit) => `(?:${unit}${inner})?`, "");
  return `${whole}|${beginning}${rest}(?=…|\\.\\.\\.|$)`;
}

function formsOfCharacter(character: string): string {
  const forms = [
    ...plainForms(character),
    percentForm(character),
    ...codeUnitForms(character),
    ...htmlForms(character),
  ];
  if (notInFileNames.has(character)) forms.push("_");
  return `(?:${forms.join("|")})`;
}

function plainForms(character: string): string[] {
  if (character === "\\") return ["\\\\+"];
  if (character === " ") return [" ", "\\+", "\\u00a0"];
  if (/[A-Za-z0-9]/.test(character)) return [character];
  const letter = letters[character];
  // A quote or slash with as many backslashes as it is deep in strings.
  return [`\\\\*${literally(character)}`, ...(letter ? [`\\\\+${letter}`] : [])];
}

/** `%2B`, `%2b`, and encoded again `%252B`. */
function percentForm(character: string): string {
  const bytes = [...new TextEncoder().encode(character)];
  return bytes.map((byte) => `%(?:25)*${inEitherCase(hex(byte, 2))}`).join("");
}

function codeUnitForms(character: string): string[] {
  const units = character.split("").map((unit) => unit.charCodeAt(0));
  const long = units.map((unit) => `\\\\+u${inEitherCase(hex(unit, 4))}`).join("");
  const [only] = units;
  const isShort = units.length === 1 && only !== undefined && only < 0x100;
  return isShort ? [long, `\\\\+x${inEitherCase(hex(only, 2))}`] : [long];
}

function htmlForms(character: string): string[] {
  const code = character.codePointAt(0) ?? 0;
  const name = names[character];
  const numbers = `&(?:amp;)*#(?:0*${code}|[xX]0*${inEitherCase(hex(code, 1))});`;
  return name ? [`&(?:amp;)*${name};`, numbers] : [numbers];
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

function inEitherCase(digits: string): string {
  return digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

/** A text as the source of an expression that matches it. */
export function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
