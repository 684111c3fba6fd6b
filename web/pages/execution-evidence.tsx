import type { Project } from "../../db/domain/resources.ts";
import { type Evidence, type EvidenceTab, type ExecutionView, isLive } from "../execution-view.ts";
import { Note, ScrollBox, Tabs } from "../parts/bits.tsx";
import { LogRow } from "../parts/log-row.tsx";
import { withQuery } from "../site.tsx";

type Props = {
  evidence: Evidence;
  view: ExecutionView;
  path: string;
  attempt: number | null;
  project: Project;
};

const emptyTexts: Record<EvidenceTab, string> = {
  log: "Nothing has happened yet.",
  console: "The page wrote nothing to its console.",
  errors: "No error was thrown in the page.",
  network: "The page was not opened yet, and no request failed.",
};

/** The log and what is picked out of it; while the execution runs, lines are appended as they come. */
export function EvidencePanel({ evidence, view, path, attempt }: Props) {
  const { counts, tab, items, after, more, expired } = evidence;
  const of = counts.of;
  const tabs: [EvidenceTab, string, number][] = [
    ["log", "Log", Object.values(of).reduce((sum, count) => sum + count, 0)],
    ["console", "Console", of.console ?? 0],
    ["errors", "Errors", of["page-error"] ?? 0],
    ["network", "Network", (of.navigation ?? 0) + (of["request-failed"] ?? 0)],
  ];
  const { execution } = view;
  const source = `/executions/${execution.id}/log-items?${new URLSearchParams({ tab, ...(attempt === null ? {} : { attempt: String(attempt) }) })}`;
  const follow = isLive(execution) ? { "data-log-topic": `execution:${execution.id}` } : {};
  return (
    <section class="panel" id="evidence" aria-label="Evidence">
      <Tabs
        label="Evidence"
        tabs={tabs.map(([name, label, count]) => ({
          href: `${withQuery(path, { tab: name === "log" ? undefined : name, after: undefined })}#evidence`,
          label,
          count,
          current: name === tab,
        }))}
      />
      {expired ? (
        <div class="panel-pad">
          <Note tone="quiet" title="The log has expired.">
            <p>
              What an execution did is kept for a limited time, set by <code>LOG_RETENTION_DAYS</code>. The
              verdict, its reason and the files stay; what became of single steps is not known any more.
            </p>
          </Note>
        </div>
      ) : null}
      <ScrollBox label="Lines" class="log-scroll" log>
        <ol
          class="log"
          id="log"
          data-log={source}
          data-log-after={String(after)}
          data-log-more={String(more)}
          {...follow}
        >
          {items.map((item) => (
            <LogRow item={item} />
          ))}
        </ol>
        <p class={`log-empty dim${items.length > 0 ? " has-rows" : ""}`}>
          {expired ? null : emptyTexts[tab]}
        </p>
      </ScrollBox>
      {more ? (
        <p class="panel-pad log-next" data-log-next>
          <a class="btn btn-small" href={`${withQuery(path, { after: String(after) })}#evidence`}>
            Next lines
          </a>
        </p>
      ) : null}
    </section>
  );
}
