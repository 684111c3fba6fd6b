/** The path to come back to after signing in: of this site only, else the start page. */
export function safeNext(next: string | null | undefined): string {
  if (!next?.startsWith("/") || next.startsWith("//") || next.length > 2_000) return "/";
  try {
    // What a browser makes of it: backslashes, tabs and newlines would lead to another host.
    const base = "http://verdict.invalid";
    const url = new URL(next, base);
    if (url.origin !== base || url.pathname.startsWith("//") || url.pathname.startsWith("/sign-")) return "/";
    return `${url.pathname}${url.search}`;
  } catch {
    return "/";
  }
}
