import { Text } from "./text.tsx";

/** The address when it is http or https, else null: `javascript:` and its kin never become an href. */
export function safeHref(url: string): string | null {
  try {
    const parsed = new URL(url);
    return parsed.protocol === "http:" || parsed.protocol === "https:" ? parsed.href : null;
  } catch {
    return null;
  }
}

/** A link to a place outside; an address that is not http(s) is shown as text only. */
export function SafeLink({ url, class: name }: { url: string; class?: string }) {
  const href = safeHref(url);
  if (href === null) {
    return (
      <span class={name}>
        <Text of={url} />
      </span>
    );
  }
  return (
    <a href={href} class={name} rel="noopener noreferrer nofollow" target="_blank">
      <Text of={url} />
    </a>
  );
}

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
