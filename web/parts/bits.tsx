import type { Child, PropsWithChildren } from "hono/jsx";
import type { FieldError } from "../../db/domain/errors.ts";
import { formatCount } from "./figures.ts";
import { Icon, type IconName } from "./icon.tsx";
import type { Tone } from "./status.tsx";
import { Text } from "./text.tsx";
import { visibleText } from "./visible-text.ts";

export type Tab = { href: string; label: string; count?: number | undefined; current: boolean };

/** A tab is a link: every one has an address. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a href={tab.href} aria-current={tab.current ? "page" : undefined}>
          {tab.label}
          {tab.count === undefined ? null : <span class="count">{formatCount(tab.count)}</span>}
        </a>
      ))}
    </nav>
  );
}

/** Says why nothing is here and what to do about it. */
export function Empty({ title, children, action }: PropsWithChildren<{ title: string; action?: Child }>) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {action ? <div class="actions">{action}</div> : null}
    </div>
  );
}

type NoteProps = PropsWithChildren<{ tone: Tone; title: string; role?: "status" | "alert"; icon?: IconName }>;

export function Note({ tone, title, role, icon, children }: NoteProps) {
  return (
    <div class={`note t-${tone}`} role={role}>
      <Icon name={icon ?? (tone === "failed" ? "failed" : tone === "passed" ? "passed" : "info")} />
      <div>
        <strong>{title}</strong>
        {children}
      </div>
    </div>
  );
}

/** What was wrong with a form, above it; each fault also stands beside its field. */
export function FormErrors({ title, errors }: { title: string; errors: readonly FieldError[] }) {
  return (
    <Note tone="failed" title={title} role="alert">
      {errors.length > 0 ? (
        <ul>
          {errors.slice(0, 50).map((error) => (
            <li>
              <code>
                <Text of={error.path} />
              </code>{" "}
              <Text of={error.message} />
            </li>
          ))}
        </ul>
      ) : null}
    </Note>
  );
}

/** The way to the next page of a list; keyset, so there is no page number to get lost by. */
export function Pager({ shown, next, first }: { shown: number; next: string | null; first: string | null }) {
  if (next === null && first === null) return null;
  return (
    <nav class="pager" aria-label="Pages of the list">
      <span>{formatCount(shown)} shown</span>
      <span class="actions">
        {first ? (
          <a class="btn btn-small" href={first}>
            First page
          </a>
        ) : null}
        {next ? (
          <a class="btn btn-small" href={next} rel="next">
            Next page
            <Icon name="right" />
          </a>
        ) : null}
      </span>
    </nav>
  );
}

/** A table that scrolls inside its own region and can be reached by keyboard. */
export function TableBox({ label, children }: PropsWithChildren<{ label: string }>) {
  return (
    <section class="scroll" aria-label={label} tabindex={0}>
      {children}
    </section>
  );
}

/** The head of the column of what can be done to a row: read out, and not seen. */
export function ActionsHead() {
  return (
    <th scope="col">
      <span class="sr">Actions</span>
    </th>
  );
}

type ScrollBoxProps = PropsWithChildren<{ label: string; class: string; id?: string; log?: boolean }>;

/** The same for a part of a page; with an id it keeps its place when it is fetched again. */
export function ScrollBox({ label, class: name, id, log = false, children }: ScrollBoxProps) {
  return (
    <section
      class={name}
      id={id}
      aria-label={label}
      tabindex={0}
      data-keep-scroll={id ? true : undefined}
      data-log-scroll={log ? true : undefined}
    >
      {children}
    </section>
  );
}

/** More of them would push the next rows of a list away; the page of the test case has all. */
const tagsShown = 6;

export function Tags({ tags, href }: { tags: readonly string[]; href: (tag: string) => string }) {
  if (tags.length === 0) return null;
  const more = tags.slice(tagsShown);
  return (
    <span class="chips">
      {tags.slice(0, tagsShown).map((tag) => (
        <a class="chip" href={href(tag)}>
          <Text of={`@${tag}`} />
        </a>
      ))}
      {more.length > 0 ? (
        <span class="chip" title={visibleText(more.map((tag) => `@${tag}`).join(" "))}>
          +{more.length}
          <span class="sr"> more tags</span>
        </span>
      ) : null}
    </span>
  );
}

type ButtonProps = {
  action: string;
  label: string;
  icon?: IconName;
  look?: "primary" | "danger" | "quiet";
  /** Only the icon is seen; the label is its name. */
  compact?: boolean;
  small?: boolean;
  /** Asked before it is done. */
  confirm?: string;
  fields?: Record<string, string>;
};

/** One thing done by one click: a form, so that it works without JavaScript and never by a GET. */
export function ActionButton({
  action,
  label,
  icon,
  look,
  compact = false,
  small = false,
  confirm,
  fields,
}: ButtonProps) {
  const kind = `${look ? ` btn-${look}` : ""}${compact ? " btn-icon" : ""}${compact || small ? " btn-small" : ""}`;
  return (
    <form method="post" action={action} data-confirm={confirm}>
      {Object.entries(fields ?? {}).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button class={`btn${kind}`} type="submit" title={compact ? label : undefined}>
        {icon ? <Icon name={icon} /> : null}
        {compact ? <span class="sr">{label}</span> : label}
      </button>
    </form>
  );
}
