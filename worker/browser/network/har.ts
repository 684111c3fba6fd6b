import type { Exchange, Header } from "../../../db/domain/exchange.ts";

/**
 * HAR 1.2 of the exchanges of an attempt. What was masked or left out stays so: values of credentials, cookies, bodies that are
 * no text. Fields that HAR has no place for begin with `_`.
 */
export function harOf(exchanges: readonly Exchange[], browser: string): object {
  const ended = exchanges.filter(({ state }) => state !== "pending");
  return {
    log: {
      version: "1.2",
      creator: { name: "Verdict", version: "1" },
      browser: { name: browser, version: "" },
      pages: pagesOf(exchanges),
      entries: ended.map(entryOf),
    },
  };
}

/** One page for each tab: HAR knows no navigations within one. */
function pagesOf(exchanges: readonly Exchange[]): object[] {
  const first = new Map<number, Exchange>();
  for (const exchange of exchanges) if (!first.has(exchange.tab)) first.set(exchange.tab, exchange);
  return [...first].map(([tab, { url, startedAt }]) => ({
    startedDateTime: new Date(startedAt).toISOString(),
    id: pageId(tab),
    title: url,
    pageTimings: { onContentLoad: -1, onLoad: -1 },
  }));
}

function pageId(tab: number): string {
  return `tab-${tab + 1}`;
}

function entryOf(exchange: Exchange): object {
  const { startedAt, durationMs, timings, remoteAddress, fromCache, failure, ruling } = exchange;
  return {
    pageref: pageId(exchange.tab),
    startedDateTime: new Date(startedAt).toISOString(),
    time: durationMs ?? 0,
    request: requestOf(exchange),
    response: responseOf(exchange),
    cache: {},
    timings: timings ?? {
      blocked: -1,
      dns: -1,
      connect: -1,
      ssl: -1,
      send: 0,
      wait: durationMs ?? 0,
      receive: 0,
    },
    ...(remoteAddress ? { serverIPAddress: remoteAddress } : {}),
    _resourceType: exchange.type,
    _initiator: exchange.initiator,
    ...(fromCache ? { _fromCache: "disk" } : {}),
    ...(failure ? { _failure: failure } : {}),
    ...(ruling ? { _ruling: ruling } : {}),
  };
}

function requestOf({ method, url, httpVersion, requestHeaders, requestBody }: Exchange): object {
  const query = URL.parse(url)?.searchParams ?? [];
  return {
    method,
    url,
    httpVersion,
    cookies: [],
    headers: requestHeaders,
    queryString: [...query].map(([name, value]) => ({ name, value })),
    headersSize: -1,
    bodySize: requestBody && !requestBody.isCut ? Buffer.byteLength(requestBody.text) : -1,
    ...(requestBody
      ? {
          postData: {
            mimeType: headerOf(requestHeaders, "content-type") ?? "text/plain",
            text: requestBody.text,
            ...(requestBody.isCut ? { comment: "cut" } : {}),
          },
        }
      : {}),
  };
}

function responseOf(exchange: Exchange): object {
  const { status, statusText, httpVersion, responseHeaders, responseBody, bodyBytes, redirectUrl } = exchange;
  return {
    status: status ?? 0,
    statusText,
    httpVersion,
    cookies: [],
    headers: responseHeaders,
    content: {
      size: bodyBytes,
      mimeType: exchange.mimeType || "x-unknown",
      ...(responseBody ? { text: responseBody.text, ...(responseBody.isCut ? { comment: "cut" } : {}) } : {}),
    },
    redirectURL: redirectUrl ?? "",
    headersSize: -1,
    bodySize: -1,
    _transferSize: exchange.transferredBytes,
  };
}

function headerOf(headers: readonly Header[], name: string): string | undefined {
  return headers.find((header) => header.name.toLowerCase() === name)?.value;
}
