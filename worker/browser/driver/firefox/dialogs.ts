import type { BrowsingContext } from "webdriver-bidi-protocol";
import type { FirefoxSession } from "./session.ts";

/** Messages that the page waits for; Firefox leaves them to us. */
export class Dialogs {
  readonly #session: FirefoxSession;
  /** The frame that has asked. */
  #asking: string;

  constructor(session: FirefoxSession) {
    this.#session = session;
    this.#asking = session.page.id;
  }

  opened({ context, type, message, defaultValue = "" }: BrowsingContext.UserPromptOpenedParameters): void {
    this.#asking = context;
    this.#session.emit("Page.javascriptDialogOpening", {
      url: this.#session.page.url(),
      frameId: context,
      message,
      type,
      hasBrowserHandler: false,
      defaultPrompt: defaultValue,
    });
  }

  async answer(accept: boolean, userText: string | undefined): Promise<void> {
    const text = userText === undefined ? {} : { userText };
    await this.#session.connection.send("browsingContext.handleUserPrompt", {
      context: this.#asking,
      accept,
      ...text,
    });
  }
}
