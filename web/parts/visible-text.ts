/** A stretch of text as it is, or one character that must be shown by its code because nobody could see it. */
export type TextPiece = { text: string } | { code: string };

/**
 * Characters that hide, reorder or fake what stands beside them: controls (but tab and newline), bidirectional overrides,
 * zero-width marks, tags. The joiners U+200C and U+200D stay: scripts and emoji are written with them.
 */
function isDeceptive(code: number): boolean {
  return (
    (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) ||
    (code >= 0x7f && code <= 0x9f) ||
    code === 0xad ||
    code === 0x61c ||
    code === 0x180e ||
    code === 0x200b ||
    (code >= 0x200e && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0xfeff ||
    (code >= 0xfff9 && code <= 0xfffb) ||
    (code >= 0xd800 && code <= 0xdfff) ||
    (code >= 0xe0000 && code <= 0xe007f)
  );
}

function nameOf(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Splits a text into what can be shown as it is and what must be named. */
export function textPieces(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let plain = "";
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (!isDeceptive(code)) {
      plain += char;
      continue;
    }
    if (plain !== "") pieces.push({ text: plain });
    plain = "";
    pieces.push({ code: nameOf(code) });
  }
  if (plain !== "") pieces.push({ text: plain });
  return pieces;
}

/** The same for places that take no markup: titles, attributes, options. */
export function visibleText(text: string): string {
  return textPieces(text)
    .map((piece) => ("text" in piece ? piece.text : `‹${piece.code}›`))
    .join("");
}
