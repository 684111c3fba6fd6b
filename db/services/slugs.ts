import { randomBytes } from "node:crypto";

const COMBINING_MARKS = /\p{M}+/gu;

/** A name as a part of an address: "Café Größe" → "cafe-gro-e"; `fallback` when nothing is left of it. */
export function slugOf(name: string, fallback: string): string {
  const slug = name
    .normalize("NFKD")
    .replace(COMBINING_MARKS, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 50)
    .replace(/^-+|-+$/g, "");
  return slug || fallback;
}

/** What to try in turn where a slug was made from a name and may be taken. */
export function slugCandidates(slug: string): string[] {
  const numbered = Array.from({ length: 8 }, (_, index) => `${slug}-${index + 2}`);
  return [slug, ...numbered, `${slug}-${randomBytes(4).toString("hex")}`];
}
