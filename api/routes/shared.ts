import { z } from "zod";
import type { Page } from "../../db/domain/queries.ts";
import type { AppContext } from "../deps.ts";

const id = z.uuid();

/** The path parameter of everything that has an id. */
export const byId = z.strictObject({ id });

function makePage<S extends z.ZodType>(item: S) {
  const name = item.meta()?.id;
  const page = z.strictObject({
    items: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: "For the parameter `cursor` of the next request; null on the last page" }),
  });
  return typeof name === "string" ? page.meta({ id: `${name}Page` }) : page;
}

const pages = new WeakMap<z.ZodType, z.ZodType>();

/** A page of a list, as its own component of the document: one for each kind of item. */
export function pageOf<S extends z.ZodType>(item: S): ReturnType<typeof makePage<S>> {
  const page = (pages.get(item) as ReturnType<typeof makePage<S>> | undefined) ?? makePage(item);
  pages.set(item, page);
  return page;
}

/** A list that is short enough to come whole, in the form of all lists. */
export function wholeList<T>(items: T[]): Page<T> {
  return { items, nextCursor: null };
}

/** Names an input schema in the document. */
export function named<S extends z.ZodType>(schema: S, name: string): S {
  return schema.meta({ id: name });
}

/** Who starts a run: a person in the dashboard, or a program. */
export function triggerOf(c: AppContext): "manual" | "api" {
  return c.get("credential")?.kind === "session" ? "manual" : "api";
}
