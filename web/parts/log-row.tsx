import type { LogItem } from "../../db/domain/events.ts";
import { shownPath } from "../../db/domain/step-tree.ts";
import { formatDuration } from "./figures.ts";
import { SafeLink } from "./safe-link.tsx";
import { Status, StatusIcon } from "./status.tsx";
import { Text } from "./text.tsx";
import { Clock } from "./time.tsx";

type Level = "debug" | "info" | "warning" | "error";

/** One line of a log: the same part on the page and in what is appended to it live. */
export function LogRow({ item }: { item: LogItem }) {
  const level = levelOf(item);
  return (
    <li class={`log-row log-${level}`} data-seq={String(item.seq)}>
      <span class="log-at">
        <Clock at={item.at} />
      </span>
      <span class="log-kind">{kindOf(item)}</span>
      <div class="log-text">
        <Body item={item} />
      </div>
    </li>
  );
}

function levelOf(item: LogItem): Level {
  switch (item.type) {
    case "console":
    case "log":
      return item.level;
    case "page-error":
    case "request-failed":
      return "error";
    case "step-finished":
      return item.status === "failed" ? "error" : "info";
    case "attempt-finished":
    case "execution-finished":
      return item.failure ? "error" : "info";
    case "requeued":
    case "truncated":
      return "warning";
    default:
      return "info";
  }
}

const kinds: Record<LogItem["type"], string> = {
  "attempt-started": "attempt",
  "attempt-finished": "attempt",
  "execution-finished": "verdict",
  requeued: "queue",
  "step-started": "step",
  "step-finished": "step",
  navigation: "open",
  "navigation-metrics": "vitals",
  console: "console",
  "page-error": "page error",
  "request-failed": "request",
  dialog: "dialog",
  "variable-set": "variable",
  artifact: "file",
  snapshot: "snapshot",
  log: "log",
  truncated: "cut",
};

const snapshotWords = {
  matched: "looks as approved",
  new: "is new and waits for approval",
  different: "looks different from what was approved",
} as const;

function kindOf(item: LogItem): string {
  return item.type === "console" && item.level !== "info" ? item.level : kinds[item.type];
}

function Body({ item }: { item: LogItem }) {
  switch (item.type) {
    case "attempt-started":
      return (
        <b>
          Attempt {item.attempt} on <Text of={item.worker} />: <Text of={item.browser} />,{" "}
          {item.viewport.width} × {item.viewport.height}
        </b>
      );
    case "attempt-finished":
      return (
        <>
          <b>Attempt {item.attempt} ended</b> <Status of={item.status} /> after{" "}
          {formatDuration(item.durationMs)}
          <Failure message={item.failure?.message} />
        </>
      );
    case "execution-finished":
      return (
        <>
          <Status of={item.status} />
          <Failure message={item.failure?.message} />
        </>
      );
    case "requeued":
      return (
        <>
          Waits for the next attempt: <Text of={item.reason} />
        </>
      );
    case "step-started":
      return (
        <span class="dim">
          {shownPath(item.path ?? String(item.step))} <Text of={item.title} />
        </span>
      );
    case "step-finished":
      return (
        <>
          <StatusIcon of={item.status} /> {shownPath(item.path ?? String(item.step))} <Text of={item.title} />{" "}
          <span class="dim nowrap">{formatDuration(item.durationMs)}</span>
          <Failure message={item.failure?.message} />
        </>
      );
    case "navigation":
      return <SafeLink url={item.url} />;
    case "navigation-metrics":
      return <Vitals item={item} />;
    case "console":
      return (
        <>
          <Text of={item.text} />
          {item.url ? (
            <span class="dim">
              {" "}
              <Text of={item.url} />
              {item.line === null ? null : `:${item.line}`}
            </span>
          ) : null}
        </>
      );
    case "page-error":
      return (
        <>
          <Text of={item.message} />
          {item.stack ? (
            <details class="stack-trace">
              <summary>Stack</summary>
              <pre>
                <Text of={item.stack} />
              </pre>
            </details>
          ) : null}
        </>
      );
    case "request-failed":
      return (
        <>
          <b>{item.status ?? "failed"}</b> <Text of={item.method} /> <Text of={item.url} />{" "}
          <span class="dim">
            <Text of={item.resourceType} />: <Text of={item.reason} />
          </span>
        </>
      );
    case "dialog":
      return (
        <>
          <Text of={item.kind} /> “<Text of={item.message} />” {item.action}
        </>
      );
    case "variable-set":
      return (
        <code>
          <Text of={item.name} /> = <Text of={item.value} />
        </code>
      );
    case "artifact":
      // The pictures of a film make way for it.
      if (item.kind === "frames") return <>film of the pages</>;
      return (
        <a href={`/api/v1/artifacts/${item.artifactId}/content`}>
          <Text of={item.name} />
        </a>
      );
    case "snapshot":
      return (
        <>
          <Text of={item.name} /> {snapshotWords[item.result]}
        </>
      );
    case "log":
      return <Text of={item.text} />;
    case "truncated":
      return (
        <>
          {item.dropped} more were not kept: <Text of={item.reason} />
        </>
      );
  }
}

/** Only what was measured. */
function Vitals({ item }: { item: Extract<LogItem, { type: "navigation-metrics" }> }) {
  const times = [
    ["TTFB", item.ttfbMs],
    ["FCP", item.fcpMs],
    ["LCP", item.lcpMs],
    ["INP", item.inpMs],
    ["load", item.loadMs],
  ] as const;
  const figures = [
    ...times.flatMap(([name, ms]) => (ms === null ? [] : `${name} ${formatDuration(ms)}`)),
    ...(item.cls === null ? [] : [`CLS ${item.cls}`]),
    `${item.requests} ${item.requests === 1 ? "request" : "requests"}`,
    `${(item.transferredBytes / 1000).toFixed(1)} kB`,
  ];
  return (
    <>
      <Text of={item.url} /> <span class="dim">{figures.join(" · ")}</span>
    </>
  );
}

function Failure({ message }: { message: string | undefined }) {
  if (message === undefined) return null;
  return (
    <div class="log-failure">
      <Text of={message} />
    </div>
  );
}
