import type { Header } from "../db/domain/exchange.ts";

/** A request to be made again: in a shell, or in the console of a browser. */
export type CopiedRequest = {
  method: string;
  url: string;
  headers?: readonly Header[];
  body?: string | null;
};

/** Set by whoever makes the request, or for this one connection. */
const ownHeaders = /^(:|host$|content-length$|connection$|accept-encoding$|cookie$|sec-|upgrade-insecure)/i;
const mask = "•••";

/** The request as a command for a shell: whatever is in it stays one word. Null for what is no web address. */
export function curlOf({ method, url, headers = [], body = null }: CopiedRequest): string | null {
  const address = addressOf(method, url);
  if (address === null) return null;
  const way = method === "GET" ? "" : method === "HEAD" ? " -I" : ` -X ${method}`;
  const lines = [`curl${way} ${quoted(address)}`];
  for (const { name, value } of kept(headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== null) lines.push(`--data-raw ${quoted(body)}`);
  return lines.join(" \\\n  ");
}

/** The same for JavaScript. */
export function fetchOf({ method, url, headers = [], body = null }: CopiedRequest): string | null {
  const address = addressOf(method, url);
  if (address === null) return null;
  const options = {
    method,
    headers: Object.fromEntries(kept(headers).map(({ name, value }) => [name, value])),
    ...(body === null ? {} : { body }),
  };
  return `await fetch(${JSON.stringify(address)}, ${JSON.stringify(options, null, 2)})`;
}

function addressOf(method: string, url: string): string | null {
  const parsed = URL.parse(url);
  return parsed && /^https?:$/.test(parsed.protocol) && /^[A-Z]{1,20}$/.test(method)
    ? parsed.href.replaceAll("'", "%27")
    : null;
}

/** What was masked can't be sent again. */
function kept(headers: readonly Header[]): Header[] {
  return headers.filter(
    ({ name, value }) =>
      /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !ownHeaders.test(name) && !value.includes(mask),
  );
}

/** In single quotes nothing has a meaning but the quote itself. */
function quoted(text: string): string {
  const safe = text.replaceAll("\0", "");
  return `'${safe.replaceAll("'", "'\\''")}'`;
}
