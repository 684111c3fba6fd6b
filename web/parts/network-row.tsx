import type { LogItem } from "../../db/domain/events.ts";
import { curlOf } from "../request-copy.ts";
import { Icon } from "./icon.tsx";
import { LogRow } from "./log-row.tsx";
import { SafeLink } from "./safe-link.tsx";
import { Text } from "./text.tsx";
import { Clock } from "./time.tsx";

/** One request of the page: when, how, what came of it, where to, and the command that asks for it again. */
export function NetworkRow({ item }: { item: LogItem }) {
  if (item.type !== "navigation" && item.type !== "request-failed") return <LogRow item={item} />;
  const isOpened = item.type === "navigation";
  const request = isOpened
    ? { method: "GET", status: "opened", type: "document", reason: null }
    : {
        method: item.method,
        status: item.status === null ? "failed" : String(item.status),
        type: item.resourceType,
        reason: item.reason,
      };
  const command = curlOf({ method: request.method, url: item.url });
  return (
    <li class={`log-row net-row log-${isOpened ? "info" : "error"}`} data-seq={String(item.seq)}>
      <span class="log-at">
        <Clock at={item.at} />
      </span>
      <b>
        <Text of={request.method} />
      </b>
      <span class="log-kind">{request.status}</span>
      <span class="dim">
        <Text of={request.type} />
      </span>
      <div class="log-text">
        <SafeLink url={item.url} />
        {request.reason ? (
          <span class="dim">
            {" "}
            <Text of={request.reason} />
          </span>
        ) : null}
      </div>
      {command ? (
        <button
          class="btn btn-quiet btn-small btn-icon"
          type="button"
          data-copy-text={command}
          title="Copy as cURL"
        >
          <Icon name="copy" />
          <span class="sr">Copy as cURL</span>
        </button>
      ) : null}
    </li>
  );
}
