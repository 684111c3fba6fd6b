import type { Body, Header, Timings } from "../../db/domain/exchange.ts";
import { isFailed, type NetworkView, type NumberedExchange, requestTypes } from "../execution-network.ts";
import { carriedFields } from "../execution-query.ts";
import type { ExecutionView } from "../execution-view.ts";
import { ScrollBox } from "../parts/bits.tsx";
import { Options } from "../parts/field.tsx";
import { formatBytes, formatDuration, plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { SafeLink } from "../parts/safe-link.tsx";
import { percent } from "../parts/scale.tsx";
import { Text } from "../parts/text.tsx";
import { curlOf, fetchOf } from "../request-copy.ts";
import { withQuery } from "../site.tsx";

type Props = { network: NetworkView; view: ExecutionView; path: string };

/** Every request of the attempt, on one scale of time; the selected one with headers, payload and response. */
export function NetworkPane({ network, view, path }: Props) {
  const { selected } = network;
  return (
    <div class="network" hx-boost="true" hx-target="#evidence" hx-swap="outerHTML">
      <NetworkFilter network={network} path={path} />
      <div class={`network-split${selected ? " has-request" : ""}`}>
        <ScrollBox label="Requests" class="log-scroll">
          <ol class="requests">
            {network.shown.map((exchange) => (
              <RequestRow
                exchange={exchange}
                view={view}
                path={path}
                isSelected={exchange.number === selected?.exchange.number}
              />
            ))}
          </ol>
          <Rest network={network} />
        </ScrollBox>
        {selected ? <Request {...selected} view={view} /> : null}
      </div>
    </div>
  );
}

function NetworkFilter({ network: { query, shown, left, total }, path }: Omit<Props, "view">) {
  const { pathname } = new URL(path, "http://verdict.invalid");
  return (
    <form
      class="network-filter"
      method="get"
      action={pathname}
      hx-get={pathname}
      hx-trigger="submit, change, input changed delay:250ms from:#network-filter"
      hx-push-url="true"
      data-filters
    >
      {carriedFields(path, []).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <span class="search">
        <Icon name="search" />
        <input
          class="input"
          type="search"
          id="network-filter"
          name="nq"
          value={query.text}
          placeholder="Filter requests"
          aria-label="Filter requests by text"
          autocomplete="off"
          maxlength={200}
          hx-preserve="true"
        />
      </span>
      <select class="select" name="type" aria-label="Filter requests by type">
        <Options
          value={query.type ?? ""}
          options={[
            { value: "", label: "all types" },
            ...requestTypes.map((type) => ({ value: type, label: type === "data" ? "fetch, XHR" : type })),
          ]}
        />
      </select>
      <span class="dim small">
        {shown.length + left === total
          ? plural(total, "request")
          : `${shown.length + left} of ${plural(total, "request")}`}
      </span>
      <noscript>
        <button class="btn btn-small" type="submit">
          Filter
        </button>
      </noscript>
    </form>
  );
}

function Rest({ network: { shown, left, dropped } }: { network: NetworkView }) {
  return (
    <>
      {shown.length === 0 ? <p class="panel-pad dim">No request is like that.</p> : null}
      {left > 0 ? <p class="panel-pad dim">{plural(left, "more request")}: filter to see them.</p> : null}
      {dropped > 0 ? <p class="panel-pad dim">{plural(dropped, "more request")} were not kept.</p> : null}
    </>
  );
}

type RowProps = { exchange: NumberedExchange; view: ExecutionView; path: string; isSelected: boolean };

function RequestRow({ exchange, view, path, isSelected }: RowProps) {
  const { number, method, url, type, durationMs, transferredBytes } = exchange;
  const parsed = URL.parse(url);
  return (
    <li>
      <a
        class={`request${isFailed(exchange) ? " is-failed" : ""}`}
        href={`${withQuery(path, { request: String(number) })}#evidence`}
        aria-current={isSelected ? "true" : undefined}
        data-moment={String(Math.max(0, exchange.startedAt - view.startedAt))}
        data-lasts={String(durationMs ?? 0)}
        title={url.slice(0, 500)}
      >
        <b>
          <Text of={method} />
        </b>
        <span class={isFailed(exchange) ? "tone t-failed" : "dim"}>{statusOf(exchange)}</span>
        <span class="request-url">
          <Text of={parsed ? `${parsed.pathname}${parsed.search}` : url} />
          <span class="dim">
            {" "}
            <Text of={parsed?.host ?? ""} />
          </span>
        </span>
        <span class="dim">
          <Text of={type} />
        </span>
        <span class="dim num">{formatBytes(transferredBytes)}</span>
        <span class="num">{durationMs === null ? "…" : formatDuration(durationMs)}</span>
        <Bar exchange={exchange} view={view} />
      </a>
    </li>
  );
}

function statusOf({ status, state, ruling }: NumberedExchange): string {
  const said = status === null || status === 0 ? state : String(status);
  return ruling ? `${said} ${ruling}` : said;
}

/** When it was under way, on the time of the attempt. */
function Bar({ exchange, view }: { exchange: NumberedExchange; view: ExecutionView }) {
  const from = Math.max(0, exchange.startedAt - view.startedAt);
  return (
    <svg class="request-bar" aria-hidden="true">
      <rect
        class={isFailed(exchange) ? "t-failed" : "t-running"}
        x={percent(Math.min(from, view.lengthMs), view.lengthMs)}
        y={3}
        width={percent(Math.max(exchange.durationMs ?? 0, view.lengthMs / 200), view.lengthMs)}
        height={8}
        rx={1}
      />
    </svg>
  );
}

type RequestProps = NonNullable<NetworkView["selected"]> & { view: ExecutionView };

function Request({ exchange, bodies, view }: RequestProps) {
  const { method, url, requestHeaders: headers } = exchange;
  const copied = {
    method,
    url,
    headers,
    body: bodies.request?.isCut ? null : (bodies.request?.text ?? null),
  };
  const ways = [
    ["Copy as cURL", curlOf(copied)],
    ["Copy as fetch", fetchOf(copied)],
  ] as const;
  return (
    <section class="request-details" id="request" aria-label="Request">
      <ScrollBox label="Details of the request" class="log-scroll panel-pad stacked">
        <p class="request-head">
          <b>
            <Text of={method} />
          </b>{" "}
          <SafeLink url={url} />
        </p>
        <p class="actions">
          {ways.map(([label, text]) =>
            text === null ? null : (
              <button class="btn btn-small" type="button" data-copy-text={text}>
                <Icon name="copy" />
                {label}
              </button>
            ),
          )}
        </p>
        <General exchange={exchange} view={view} />
        <Part title="Payload" body={bodies.request} />
        <Part title="Response" body={bodies.response} />
        <Headers title="Request headers" headers={exchange.requestHeaders} />
        <Headers title="Response headers" headers={exchange.responseHeaders} />
      </ScrollBox>
    </section>
  );
}

function General({ exchange, view }: { exchange: NumberedExchange; view: ExecutionView }) {
  const { initiator, timings } = exchange;
  const facts: [string, string | null][] = [
    ["Status", `${statusOf(exchange)} ${exchange.statusText}`.trim()],
    ["Why", exchange.failure],
    ["Type", [exchange.type, exchange.mimeType].filter(Boolean).join(", ")],
    ["Started", `${formatDuration(Math.max(0, exchange.startedAt - view.startedAt))} from the start`],
    ["Took", exchange.durationMs === null ? "has not ended" : formatDuration(exchange.durationMs)],
    ["Phases", timings && phasesOf(timings)],
    [
      "Size",
      `${formatBytes(exchange.bodyBytes)}, ${formatBytes(exchange.transferredBytes)} over the network`,
    ],
    ["Protocol", exchange.httpVersion],
    ["Address", exchange.remoteAddress],
    ["From cache", exchange.fromCache ? "yes" : null],
    ["Redirected to", exchange.redirectUrl],
    [
      "Asked for by",
      initiator.url ? `${initiator.url}${initiator.line ? `:${initiator.line}` : ""}` : initiator.type,
    ],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) =>
        value ? (
          <>
            <dt>{name}</dt>
            <dd>
              <Text of={value.slice(0, 2_000)} />
            </dd>
          </>
        ) : null,
      )}
    </dl>
  );
}

function phasesOf(timings: Timings): string {
  const names = ["blocked", "dns", "connect", "ssl", "send", "wait", "receive"] as const;
  return names
    .filter((name) => timings[name] >= 0.5)
    .map((name) => `${name} ${formatDuration(timings[name])}`)
    .join(", ");
}

function Part({ title, body }: { title: string; body: Body | null }) {
  if (!body) return null;
  return (
    <details open>
      <summary>
        {title}
        {body.isCut ? <span class="dim"> (the beginning)</span> : null}
      </summary>
      <pre class="request-body">
        <Text of={readable(body.text)} />
      </pre>
    </details>
  );
}

const prettyCharsMax = 200_000;

/** JSON on lines of its own; everything else as it is. */
function readable(text: string): string {
  if (text.length > prettyCharsMax || !/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Headers({ title, headers }: { title: string; headers: readonly Header[] }) {
  if (headers.length === 0) return null;
  return (
    <details>
      <summary>
        {title} <span class="dim">{headers.length}</span>
      </summary>
      <dl class="facts">
        {headers.map(({ name, value }) => (
          <>
            <dt>
              <Text of={name} />
            </dt>
            <dd>
              <Text of={value} />
            </dd>
          </>
        ))}
      </dl>
    </details>
  );
}
