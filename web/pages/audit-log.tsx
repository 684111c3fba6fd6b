import { type AuditChange, type AuditEntry, type AuditFilter, changesOf } from "../../db/domain/audit.ts";
import type { FieldError } from "../../db/domain/errors.ts";
import type { Page } from "../../db/domain/queries.ts";
import { Empty, FormErrors, TableBox } from "../parts/bits.tsx";
import { ListPager } from "../parts/list-pager.tsx";
import { Text } from "../parts/text.tsx";
import { Ago, Clock } from "../parts/time.tsx";

export type AuditLogProps = {
  /** The path of the list itself, without its query. */
  base: string;
  page: Page<AuditEntry>;
  /** As it was typed. */
  typed: Record<keyof AuditFilter, string>;
  errors: readonly FieldError[];
  /** Where it is exported. */
  exportPath: string;
  path: string;
  now: Date;
};

/** What was done, the newest first, and the filter that the address holds. */
export function AuditLog(props: AuditLogProps) {
  const { page, path, errors } = props;
  return (
    <div class="section">
      <Filter {...props} />
      {errors.length > 0 ? <FormErrors title="The filter is not right" errors={errors} /> : null}
      {page.items.length === 0 ? (
        <Empty title="Nothing found">No entry matches. Take a part of the filter away to see more.</Empty>
      ) : (
        <EntryTable {...props} />
      )}
      <ListPager page={page} path={path} />
    </div>
  );
}

const fields = [
  ["actor", "Who: an address or a part of it"],
  ["action", "What: member., run.start"],
  ["entity", "About: project, user"],
  ["entityId", "Id"],
] as const;
/** Comes from a link of an entry, so it has a field only then. */
const account = ["actorId", "Account"] as const;

function Filter({ base, typed, exportPath, path }: AuditLogProps) {
  const query = path.includes("?") ? path.slice(path.indexOf("?") + 1) : "";
  const exportTo = (format: string) => `${exportPath}?format=${format}${exportQuery(query)}`;
  return (
    <search>
      <form class="filters" method="get" action={base} data-filters>
        {(typed.actorId === "" ? fields : [...fields, account]).map(([name, label]) => (
          <input
            class="input"
            name={name}
            value={typed[name]}
            placeholder={label}
            aria-label={label}
            autocomplete="off"
            maxlength={200}
            data-search={name === "actor" ? true : undefined}
          />
        ))}
        <input class="input" type="date" name="from" value={typed.from} aria-label="From this day on (UTC)" />
        <input class="input" type="date" name="to" value={typed.to} aria-label="Up to this day (UTC)" />
        <button class="btn" type="submit">
          Filter
        </button>
        <a class="btn btn-quiet" href={exportTo("csv")} download>
          CSV
        </a>
        <a class="btn btn-quiet" href={exportTo("json")} download>
          JSON
        </a>
      </form>
    </search>
  );
}

/** The filter as the API takes it: whole days become moments. */
function exportQuery(query: string): string {
  const given = new URLSearchParams(query);
  const wanted = new URLSearchParams();
  for (const [name] of [...fields, account]) if (given.get(name)) wanted.set(name, given.get(name) ?? "");
  const [from, to] = [given.get("from"), given.get("to")];
  if (from) wanted.set("from", `${from}T00:00:00Z`);
  if (to) wanted.set("to", `${to}T23:59:59.999Z`);
  const text = wanted.toString();
  return text === "" ? "" : `&${text}`;
}

function EntryTable({ page, base, now }: AuditLogProps) {
  return (
    <TableBox label="Audit log">
      <table class="list stack">
        <caption class="sr">What was done, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">About</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          {page.items.map((entry) => (
            <tr>
              <td data-label="When">
                <Ago at={entry.at} now={now} />
              </td>
              <td class="who" data-label="Who">
                <Text of={entry.actor} />
              </td>
              <td class="main-narrow">
                <a href={`${base}/${entry.id}`}>
                  <code>{entry.action}</code>
                </a>
              </td>
              <td data-label="About">
                <Text of={subjectOf(entry)} />
              </td>
              <td class="nowrap" data-label="From">
                {entry.address === null ? <span class="dim">-</span> : <Text of={entry.address} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** What it is about, by the name that it had. */
function subjectOf({ entity, before, after }: AuditEntry): string {
  const named = [after, before].find((value) => typeof value === "object" && value !== null) as
    | Record<string, unknown>
    | undefined;
  const name = named?.name ?? named?.email ?? named?.permission;
  return typeof name === "string" ? `${entity} ${name}` : entity;
}

/** One entry: all that is known of it, and what changed. */
export function AuditEntryPage({ entry, base }: { entry: AuditEntry; base: string }) {
  const changes = changesOf(entry);
  const facts: [label: string, value: string | null][] = [
    ["Who", entry.actor],
    ["About", entry.entity],
    ["Id", entry.entityId],
    ["Address", entry.address],
    ["Program", entry.userAgent],
    ["Request", entry.requestId],
  ];
  return (
    <div class="section">
      <h2>
        <code>{entry.action}</code>
      </h2>
      <dl class="facts">
        <dt>When</dt>
        <dd>
          <Clock at={entry.at} /> <span class="dim">{entry.at}</span>
        </dd>
        {facts
          .filter(([, value]) => value !== null)
          .map(([label, value]) => (
            <>
              <dt>{label}</dt>
              <dd>
                <Text of={value ?? ""} />
              </dd>
            </>
          ))}
      </dl>
      {changes.length === 0 ? (
        <p class="dim">This entry says that something was done, and of no values that changed.</p>
      ) : (
        <ChangeTable changes={changes} />
      )}
      <p class="actions">
        <a href={base}>Back to the audit log</a>
        {entry.actorId === null ? null : (
          <a href={`${base}?actorId=${entry.actorId}`}>All that this account did</a>
        )}
      </p>
    </div>
  );
}

function ChangeTable({ changes }: { changes: readonly AuditChange[] }) {
  return (
    <TableBox label="What changed">
      <table class="list stack">
        <caption class="sr">What changed</caption>
        <thead>
          <tr>
            <th scope="col">Value</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ path, before, after }) => (
            <tr>
              <td class="main-narrow">
                <code>
                  <Text of={path === "" ? "all of it" : path} />
                </code>
              </td>
              <td data-label="Before">
                <Value of={before} />
              </td>
              <td data-label="After">
                <Value of={after} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Value({ of }: { of: unknown }) {
  if (of === undefined) return <span class="dim">-</span>;
  const text = typeof of === "string" ? of : JSON.stringify(of);
  return (
    <code class="wrap">
      <Text of={text.length > 2_000 ? `${text.slice(0, 2_000)}…` : text} />
    </code>
  );
}
