import type { CommandName } from "../../session.ts";
import type { Command } from "../session.ts";

/** Some of the commands. */
export type Table<N extends CommandName> = { [K in N]: Command<K> };

/** Nothing to be done: Firefox does it, or tells it, anyway. */
export const nothing = async (): Promise<void> => undefined;
