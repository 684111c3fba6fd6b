import { randomBytes } from "node:crypto";

/** An id as old as the moment it is made for, so that lists have the order of the story. */
export function idAt(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, "0") + randomBytes(10).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
