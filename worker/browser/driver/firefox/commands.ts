import type { CommandName } from "../session.ts";
import { inputCommands } from "./commands/input.ts";
import { networkCommands } from "./commands/network.ts";
import { pageCommands } from "./commands/page.ts";
import { runtimeCommands } from "./commands/runtime.ts";
import { settingCommands } from "./commands/settings.ts";
import type { Command } from "./session.ts";

/** Every command that there is: one that is missing does not compile. */
export const commands = {
  ...pageCommands,
  ...runtimeCommands,
  ...inputCommands,
  ...networkCommands,
  ...settingCommands,
} satisfies { [N in CommandName]: Command<N> };
