import { html } from "hono/html";
import { THEME_COOKIE } from "../db/domain/account-resources.ts";
import { type AssetUrl, assetsOf, Document } from "./layout.tsx";
import { Mark } from "./parts/icon.tsx";
import { Text } from "./parts/text.tsx";

export type ErrorPage = {
  status: number;
  /** For the person, already public: never the message of an unknown error. */
  message: string;
  requestId: string | null;
  version: string;
  asset?: AssetUrl;
  /** The cookies of the request: the page is as light or dark as the others. */
  cookie?: string | undefined;
};

const titles: Record<number, string> = {
  400: "That request is not understood",
  401: "Sign in first",
  403: "Your role does not allow this",
  404: "Nothing is here",
  409: "Somebody else was faster",
  413: "That is too large",
  422: "Something in it is not right",
  429: "Too many requests",
  503: "Verdict can't answer right now",
};

const themeCookie = new RegExp(`(?:^|; )${THEME_COOKIE}=(light|dark)`);

/** A whole page for an error, for the api's error handler. It needs no session and no database. */
export function errorPage(shown: ErrorPage) {
  const { status, message, requestId, version, cookie = "", asset = assetsOf(version) } = shown;
  const theme =
    themeCookie.exec(cookie)?.[1] === "dark" ? "dark" : themeCookie.test(cookie) ? "light" : "auto";
  const title = titles[status] ?? (status >= 500 ? "Something went wrong on our side" : "That did not work");
  return html`<!doctype html>${(
    <Document title={title} asset={asset} theme={theme}>
      <header class="top">
        <a class="brand" href="/">
          <Mark />
          Verdict
        </a>
      </header>
      <main class="page lone" id="main">
        <p class="dim">{status}</p>
        <h1>{title}</h1>
        <p>
          <Text of={sentence(message)} />
        </p>
        {status === 404 ? (
          <p class="dim">
            It may have been deleted, or it belongs to an organization that you are not a member of.
          </p>
        ) : null}
        <p class="actions">
          <a class="btn" href="/">
            To your projects
          </a>
        </p>
        {requestId ? (
          <p class="dim small">
            Request <code>{requestId}</code>
          </p>
        ) : null}
      </main>
    </Document>
  )}`;
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
}

/** The same for a part that htmx asked for: a line in the page's place for messages. */
export function errorPart({ message }: { message: string }) {
  return html`${(
    <p role="alert">
      <Text of={message} />
    </p>
  )}`;
}
