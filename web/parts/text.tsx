import { REDACTED } from "../../db/domain/redaction.ts";
import { textPieces } from "./visible-text.ts";

/** Text that somebody else wrote: isolated from the direction of its surroundings, hidden characters shown by their code. */
export function Text({ of }: { of: string }) {
  return (
    <bdi>
      {textPieces(of).map((piece) =>
        "text" in piece ? <Plain of={piece.text} /> : <span class="ctl">{piece.code}</span>,
      )}
    </bdi>
  );
}

/** What was masked says so: it was a secret, and is nowhere. */
function Plain({ of }: { of: string }) {
  if (!of.includes(REDACTED)) return <>{of}</>;
  const [first = "", ...rest] = of.split(REDACTED);
  return (
    <>
      {first}
      {rest.map((text) => (
        <>
          <span class="masked" title="A secret was masked here; its value is not stored">
            {REDACTED}
          </span>
          {text}
        </>
      ))}
    </>
  );
}
