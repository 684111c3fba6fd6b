import { textPieces } from "./visible-text.ts";

/** Text that somebody else wrote: isolated from the direction of its surroundings, hidden characters shown by their code. */
export function Text({ of }: { of: string }) {
  return (
    <bdi>
      {textPieces(of).map((piece) => ("text" in piece ? piece.text : <span class="ctl">{piece.code}</span>))}
    </bdi>
  );
}
