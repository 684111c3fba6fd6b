import { uuidv7 } from "uuidv7";

/** A new UUIDv7: sorts by creation time. An id is never a secret: it can be guessed from its neighbours. */
export function newId(): string {
  return uuidv7();
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text has the form of an id; says nothing about whether such a row exists. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
