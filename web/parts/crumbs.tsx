import { Text } from "./text.tsx";

/** Where this page belongs: each step up is a link. */
export function Crumbs({ items }: { items: readonly (readonly [href: string, label: string])[] }) {
  return (
    <nav class="crumbs" aria-label="Up">
      {items.map(([href, label], index) => (
        <>
          {index > 0 ? <span aria-hidden="true">/</span> : null}
          <a href={href}>
            <Text of={label} />
          </a>
        </>
      ))}
    </nav>
  );
}
