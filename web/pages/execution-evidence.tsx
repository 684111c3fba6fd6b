import type { Artifact } from "../../db/domain/resources.ts";
import type { Evidence, EvidenceTab } from "../execution-evidence.ts";
import type { ViewQuery } from "../execution-query.ts";
import { type ExecutionView, isLive } from "../execution-view.ts";
import { Note, ScrollBox, Tabs } from "../parts/bits.tsx";
import { formatBytes } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { LogRow } from "../parts/log-row.tsx";
import { NetworkRow } from "../parts/network-row.tsx";
import { Text } from "../parts/text.tsx";
import { withQuery } from "../site.tsx";
import { NetworkPane } from "./execution-network.tsx";

type Props = {
  evidence: Evidence;
  view: ExecutionView;
  path: string;
  query: ViewQuery;
};

const emptyTexts: Record<EvidenceTab, string> = {
  log: "Nothing has happened yet.",
  console: "The page wrote nothing to its console.",
  errors: "No error was thrown in the page.",
  network: "The page was not opened yet, and no request failed.",
  files: "Nothing was stored besides the pictures.",
};

/** What belongs to one tab alone. */
const fresh = { after: undefined, request: undefined, nq: undefined, type: undefined };

/** The log and what is picked out of it; while the execution runs, lines are appended as they come. */
export function EvidencePanel({ evidence, view, path, query }: Props) {
  const { counts, tab, after, more, expired } = evidence;
  const of = counts.of;
  const isListed = view.files.some(({ kind, lostReason }) => kind === "network" && lostReason === null);
  const network = isListed ? undefined : (of.navigation ?? 0) + (of["request-failed"] ?? 0);
  const tabs: [EvidenceTab, string, number | undefined][] = [
    ["log", "Log", Object.values(of).reduce((sum, count) => sum + count, 0)],
    ["errors", "Errors", of["page-error"] ?? 0],
    ["console", "Console", of.console ?? 0],
    ["network", "Network", evidence.network?.total ?? network],
    ["files", "Artifacts", view.files.length],
  ];
  return (
    <section class="panel" id="evidence" aria-label="Evidence">
      <Tabs
        label="Evidence"
        tabs={tabs.map(([name, label, count]) => ({
          href: `${withQuery(path, { ...fresh, tab: name })}#evidence`,
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
      {tab === "files" ? (
        <Files files={view.files} />
      ) : evidence.network ? (
        <NetworkPane network={evidence.network} view={view} path={path} />
      ) : (
        <Lines evidence={evidence} view={view} query={query} />
      )}
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

function Lines({ evidence, view, query }: Omit<Props, "path">) {
  const { tab, items, after, more } = evidence;
  const { execution } = view;
  const { attempt, window } = query;
  const source = new URLSearchParams({
    tab,
    ...(attempt === null ? {} : { attempt: String(attempt) }),
    ...(window === null
      ? {}
      : { attempt: String(view.attempt), from: String(window.from), to: String(window.to) }),
  });
  const follow = isLive(execution) ? { "data-log-topic": `execution:${execution.id}` } : {};
  return (
    <ScrollBox label="Lines" class="log-scroll" log>
      <ol
        class="log"
        id="log"
        data-log={`/executions/${execution.id}/log-items?${source}`}
        data-log-after={String(after)}
        data-log-more={String(more)}
        {...follow}
      >
        {items.map((item) => (
          <EvidenceRow item={item} tab={tab} />
        ))}
      </ol>
      <p class={`log-empty dim${items.length > 0 ? " has-rows" : ""}`}>
        {evidence.expired
          ? null
          : window
            ? "Nothing of it happened in this stretch of time."
            : emptyTexts[tab]}
      </p>
    </ScrollBox>
  );
}

/** The line of an event in a tab: on the page, and in what is appended to it. */
export function EvidenceRow({ item, tab }: { item: Evidence["items"][number]; tab: EvidenceTab }) {
  return tab === "network" ? <NetworkRow item={item} /> : <LogRow item={item} />;
}

function Files({ files }: { files: readonly Artifact[] }) {
  if (files.length === 0) return <p class="panel-pad dim">{emptyTexts.files}</p>;
  return (
    <ScrollBox label="Artifacts" class="log-scroll">
      <ul class="files">
        {files.map((file) => (
          <li>
            <Icon name="archive" />
            {file.lostReason === null ? (
              <a href={file.url} download={file.name}>
                <Text of={file.name} />
              </a>
            ) : (
              <span>
                <Text of={file.name} /> is lost: <Text of={file.lostReason} />
              </span>
            )}
            <span class="chip">{file.kind}</span>
            <span class="dim">{formatBytes(file.sizeBytes)}</span>
            {file.step === null ? null : <span class="dim">step {file.step + 1}</span>}
          </li>
        ))}
      </ul>
    </ScrollBox>
  );
}
