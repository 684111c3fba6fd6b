/** A text as one line, cut with an ellipsis: what came in from outside can't begin a line of its own. */
export function oneLine(text: string, charsMax: number): string {
  const line = text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return line.length <= charsMax ? line : `${line.slice(0, charsMax - 1)}…`;
}
