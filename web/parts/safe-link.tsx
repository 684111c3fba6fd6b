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
