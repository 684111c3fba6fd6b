import type { Child, PropsWithChildren } from "hono/jsx";
import { type AssetUrl, Document, type Theme } from "../layout.tsx";
import { Note } from "./bits.tsx";
import { Mark } from "./icon.tsx";

export type DoorLook = { asset: AssetUrl; theme: Theme };
type Props = PropsWithChildren<
  DoorLook & {
    title: string;
    /** Where the form goes; without one the page only says something. */
    action?: string;
    fault?: string | null;
    /** Other ways, below the form. */
    ways?: Child;
  }
>;

/** A page for people who have not signed in: one form, and the ways to the others. */
export function Door({ title, action, fault = null, ways, asset, theme, children }: Props) {
  const inside = (
    <>
      <p class="brand">
        <Mark />
        Verdict
      </p>
      <h1>{title}</h1>
      {fault ? <Note tone="failed" title={fault} role="alert" /> : null}
      {children}
      {ways ? <div class="door-ways">{ways}</div> : null}
    </>
  );
  return (
    <Document title={title} asset={asset} theme={theme}>
      <main class="door" id="main">
        {action ? (
          <form class="door-form panel panel-pad" method="post" action={action}>
            {inside}
          </form>
        ) : (
          <div class="door-form panel panel-pad">{inside}</div>
        )}
      </main>
    </Document>
  );
}

export function DoorButton({ label }: { label: string }) {
  return (
    <button class="btn btn-primary" type="submit">
      {label}
    </button>
  );
}
