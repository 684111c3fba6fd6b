import type { Page } from "../../db/domain/queries.ts";
import { withQuery } from "../site.tsx";
import { Pager } from "./bits.tsx";

/** The pager of a page of a list that was asked for by this path, its cursor included. */
export function ListPager({ page, path }: { page: Page<unknown>; path: string }) {
  return (
    <Pager
      shown={page.items.length}
      next={page.nextCursor && withQuery(path, { cursor: page.nextCursor })}
      first={path.includes("cursor=") ? withQuery(path, {}) : null}
    />
  );
}
