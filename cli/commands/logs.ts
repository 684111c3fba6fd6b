import pc from "picocolors";
import type { LogItem } from "../../db/domain/events.ts";
import type { Client } from "../client.ts";
import { type Cli, type GlobalOptions, openClient } from "../context.ts";
import { openTopic } from "../live.ts";

const pollMs = 2_500;
const lookAgainMs = 30_000;

type LogPage = { items: LogItem[]; nextAfter: number | null; expired: boolean };

/** Prints the log of an execution; with `follow` until it ends. */
export async function logs(
  cli: Cli,
  id: string,
  options: GlobalOptions & { follow?: boolean },
): Promise<void> {
  const client = await openClient(cli, options);
  let after = 0;
  let isOver = false;
  const show = (item: LogItem) => {
    // The socket and the API may both bring it.
    if (item.seq !== after + 1) return;
    after = item.seq;
    isOver ||= item.type === "execution-finished";
    cli.print(options.json ? JSON.stringify(item) : lineOf(item));
  };
  const { expired } = await readAll(client, id, () => after, show);
  if (expired) cli.note("The log of this execution has expired; its verdict is kept.");
  isOver ||= expired;
  while (options.follow && !isOver) {
    const topic = await openTopic(client, `execution:${id}`, after, (event) => {
      show(event as LogItem);
      if (isOver) topic.close();
    });
    const bound = setTimeout(() => topic.close(), lookAgainMs);
    await topic.ended;
    clearTimeout(bound);
    await readAll(client, id, () => after, show);
    if (!isOver) await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

async function readAll(
  client: Client,
  id: string,
  after: () => number,
  show: (item: LogItem) => void,
): Promise<{ expired: boolean }> {
  for (;;) {
    const before = after();
    const { items, expired } = await client.get<LogPage>(`/executions/${encodeURIComponent(id)}/logs`, {
      after: before,
      limit: 1_000,
    });
    for (const item of items) show(item);
    if (after() === before) return { expired };
  }
}

function lineOf(item: LogItem): string {
  return `${pc.dim(item.at.slice(11, 23))} ${pc.dim(`#${item.attempt}`)} ${textOf(item)}`;
}

function textOf(item: LogItem): string {
  switch (item.type) {
    case "attempt-started":
      return `attempt ${item.attempt} in ${item.browser}, ${item.viewport.width} x ${item.viewport.height}`;
    case "step-started":
      return pc.dim(`step ${item.step + 1} ${item.title}`);
    case "step-finished": {
      const line = `step ${item.step + 1} ${item.title}: ${item.status} (${Math.round(item.durationMs)} ms)`;
      return item.failure ? `${pc.red(line)}\n    ${item.failure.message}` : line;
    }
    case "navigation":
      return `at ${item.url}`;
    case "navigation-metrics": {
      const lcp = item.lcpMs === null ? "" : `LCP ${item.lcpMs} ms, `;
      return pc.dim(`${lcp}${item.requests} requests, ${item.transferredBytes} bytes: ${item.url}`);
    }
    case "console":
      return `console ${item.level}: ${item.text}`;
    case "page-error":
      return pc.yellow(`page error: ${item.message}`);
    case "request-failed":
      return `request failed: ${item.method} ${item.url}: ${item.reason}`;
    case "dialog":
      return `${item.kind} "${item.message}" was ${item.action}`;
    case "variable-set":
      return `${item.name} = ${item.value}`;
    case "artifact":
      return `${item.kind} ${item.name}`;
    case "snapshot":
      return `snapshot ${item.name}: ${item.result}`;
    case "log":
      return `${item.level}: ${item.text}`;
    case "truncated":
      return `${item.dropped} lines were left out: ${item.reason}`;
    case "attempt-finished":
      return `attempt ${item.attempt} ${item.status} (${Math.round(item.durationMs)} ms)`;
    case "requeued":
      return `waits for another attempt: ${item.reason}`;
    case "execution-finished":
      return pc.bold(item.failure ? `${item.status}: ${item.failure.message}` : item.status);
  }
}
