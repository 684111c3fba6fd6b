import type { AppContext, AppDeps } from "../deps.ts";

/** Swagger UI writes styles into its elements; nothing else of the policy is loosened, and only on this page. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The browsable documentation, made by Swagger UI from `/api/openapi.json`. */
export function docsPage(c: AppContext, { assets }: Pick<AppDeps, "assets">): Response | Promise<Response> {
  c.header("Content-Security-Policy", policy);
  c.header("Cache-Control", "no-cache");
  return c.html(`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Verdict API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${assets.url("vendor/swagger-ui.css")}">
    <script src="${assets.url("vendor/swagger-ui-bundle.js")}" defer></script>
    <script src="${assets.url("api-docs.js")}" defer></script>
  </head>
  <body>
    <main id="docs"><p>Loading. The document itself is at <a href="/api/openapi.json">/api/openapi.json</a>.</p></main>
  </body>
</html>
`);
}
