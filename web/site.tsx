import { getCookie, setCookie } from "hono/cookie";
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { THEME_COOKIE } from "../db/domain/account-resources.ts";
import { AppError, notFound } from "../db/domain/errors.ts";
import { isId } from "../db/domain/ids.ts";
import { holdsOnPlatform } from "../db/domain/permissions.ts";
import type { Project } from "../db/domain/resources.ts";
import type { Ctx } from "../db/services/context.ts";
import { listOrganizations } from "../db/services/organizations.ts";
import { listProjects } from "../db/services/projects.ts";
import type { WebContext, WebDeps } from "./env.ts";
import { type AssetUrl, assetsOf, Layout, type PageHead, type Theme } from "./layout.tsx";

/** What every route file is given: the dependencies, and how a page and a part of one are answered. */
export type Site = {
  deps: WebDeps;
  asset: AssetUrl;
  page(c: WebContext, ctx: Ctx, head: PageHead, body: Child, status?: 200 | 409 | 422): Promise<Response>;
};

export const LAST_PROJECT_COOKIE = "verdict_project";
const YEAR_SECONDS = 365 * 24 * 3_600;

export function openSite(deps: WebDeps): Site {
  const asset = deps.asset ?? assetsOf(deps.version);
  return {
    deps,
    asset,
    async page(c, ctx, head, body, status = 200) {
      const project = head.project ?? null;
      const [projects, organizations] = await Promise.all([
        listProjects(ctx, { limit: 100, archived: "false" }),
        listOrganizations(ctx, { limit: 20 }),
      ]);
      if (project) rememberProject(c, project);
      headersOf(c);
      const shell = {
        email: ctx.actor.kind === "user" ? ctx.actor.email : ctx.actor.name,
        seesJobs: ctx.actor.kind === "user" && holdsOnPlatform(ctx.actor.platformRole, "jobs.read"),
        managesInstallation:
          ctx.actor.kind === "user" && holdsOnPlatform(ctx.actor.platformRole, "settings.manage"),
        projects: projects.items,
        organizations: organizations.items,
        version: deps.version,
        asset,
        theme: themeOf(c),
        path: pathOf(c),
      };
      return c.html(
        html`<!doctype html>${(
          <Layout head={head} shell={shell}>
            {body}
          </Layout>
        )}`,
        status,
      );
    },
  };
}

/** Answers a part of a page to htmx. */
export function part(
  c: WebContext,
  body: Child,
  status: 200 | 409 | 422 = 200,
): Response | Promise<Response> {
  headersOf(c);
  return c.html(html`${body}`, status);
}

/** The same address answers a page or a part of it, so nothing in between may mix them up. */
function headersOf(c: WebContext): void {
  c.header("Vary", "HX-Request, HX-Target", { append: true });
  c.header("Cache-Control", "private, no-store");
}

/** The id of the part that htmx asks for; null when the whole page is wanted. */
export function wantedPart(c: WebContext): string | null {
  if (c.req.header("HX-Request") !== "true" || c.req.header("HX-History-Restore-Request") === "true")
    return null;
  return c.req.header("HX-Target") ?? "";
}

type Handler = (c: WebContext, ctx: Ctx) => Response | Promise<Response>;

/** A page for those who are signed in; everyone else is sent to sign in and comes back. */
export function signedIn(handler: Handler) {
  return (c: WebContext): Response | Promise<Response> => {
    const ctx = c.get("ctx");
    return ctx ? handler(c, ctx) : toSignIn(c);
  };
}

function toSignIn(c: WebContext): Response {
  headersOf(c);
  if (c.req.header("HX-Request") === "true") {
    const current = c.req.header("HX-Current-URL");
    const next = current && URL.canParse(current) ? new URL(current) : null;
    c.header("HX-Redirect", signInPath(next ? `${next.pathname}${next.search}` : "/"));
    return c.body(null, 204);
  }
  // What was being sent is lost in any case: come back to the page, not to the action.
  return c.redirect(signInPath(c.req.method === "GET" ? pathOf(c) : "/"), 303);
}

function signInPath(next: string): string {
  return next === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`;
}

/** To another page after a change: htmx follows in the window, not inside the part that asked. */
export function go(c: WebContext, path: string): Response {
  if (c.req.header("HX-Request") !== "true") return c.redirect(path, 303);
  c.header("HX-Redirect", path);
  return c.body(null, 204);
}

/** An id in the path; what can't be one is answered like one that does not exist. */
export function idOf(c: WebContext, what: string, name = "id"): string {
  const id = c.req.param(name)?.toLowerCase() ?? "";
  if (!isId(id)) throw notFound(what);
  return id;
}

/**
 * Runs a change of a form: what the person can put right comes back as a value, everything else is thrown on to the error
 * page.
 */
export async function attempted<T>(
  work: () => Promise<T>,
): Promise<{ value: T; error?: undefined } | { error: AppError }> {
  try {
    return { value: await work() };
  } catch (error) {
    const mendable = ["invalid-input", "conflict", "precondition-failed", "too-large", "unavailable"];
    if (error instanceof AppError && mendable.includes(error.code)) return { error };
    throw error;
  }
}

export function themeOf(c: WebContext): Theme {
  const theme = getCookie(c, THEME_COOKIE);
  return theme === "light" || theme === "dark" ? theme : "auto";
}

export function rememberTheme(c: WebContext, theme: Theme): void {
  // Read by `ui.js` as well, so that the switch needs no round trip.
  setCookie(c, THEME_COOKIE, theme, { path: "/", sameSite: "Lax", maxAge: YEAR_SECONDS });
}

function rememberProject(c: WebContext, project: Project): void {
  if (getCookie(c, LAST_PROJECT_COOKIE) === project.id) return;
  setCookie(c, LAST_PROJECT_COOKIE, project.id, {
    path: "/",
    sameSite: "Lax",
    httpOnly: true,
    maxAge: YEAR_SECONDS,
  });
}

/** Path and query of the page that was asked for. */
export function pathOf(c: WebContext): string {
  const url = new URL(c.req.url);
  return `${url.pathname}${url.search}`;
}

/** The path with some of its query parameters changed; undefined takes one away. Paging starts again. */
export function withQuery(path: string, changes: Record<string, string | undefined>): string {
  const url = new URL(path, "http://verdict.invalid");
  if (!("cursor" in changes)) url.searchParams.delete("cursor");
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return `${url.pathname}${url.search}`;
}
