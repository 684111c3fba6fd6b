import type { Input } from "webdriver-bidi-protocol";
import type { Keyboard } from "../driver.ts";
import { frameWithFocus } from "./frame-at.ts";
import type { FirefoxPage } from "./page.ts";

/** The characters by which WebDriver means keys that write none. */
const keys: Record<string, string> = {
  Cancel: "\uE001",
  Help: "\uE002",
  Backspace: "\uE003",
  Tab: "\uE004",
  Clear: "\uE005",
  Enter: "\uE007",
  NumpadEnter: "\uE007",
  "\n": "\uE007",
  "\r": "\uE007",
  Shift: "\uE008",
  ShiftLeft: "\uE008",
  ShiftRight: "\uE050",
  Control: "\uE009",
  ControlLeft: "\uE009",
  ControlRight: "\uE051",
  Alt: "\uE00A",
  AltLeft: "\uE00A",
  AltRight: "\uE052",
  Pause: "\uE00B",
  Escape: "\uE00C",
  Space: " ",
  PageUp: "\uE00E",
  PageDown: "\uE00F",
  End: "\uE010",
  Home: "\uE011",
  ArrowLeft: "\uE012",
  ArrowUp: "\uE013",
  ArrowRight: "\uE014",
  ArrowDown: "\uE015",
  Insert: "\uE016",
  Delete: "\uE017",
  Meta: "\uE03D",
  MetaLeft: "\uE03D",
  MetaRight: "\uE053",
};
for (let number = 0; number <= 9; number++) {
  keys[`Numpad${number}`] = String.fromCharCode(0xe01a + number);
  keys[`Digit${number}`] = String(number);
}
for (let number = 1; number <= 12; number++) keys[`F${number}`] = String.fromCharCode(0xe030 + number);
for (const letter of "abcdefghijklmnopqrstuvwxyz") keys[`Key${letter.toUpperCase()}`] = letter;

/** The keyboard of one page. Keys that are held change what the mouse does. */
export class FirefoxKeyboard implements Keyboard {
  readonly #page: FirefoxPage;

  constructor(page: FirefoxPage) {
    this.#page = page;
  }

  async down(key: string): Promise<void> {
    await this.#act([{ type: "keyDown", value: characterOf(key) }]);
  }

  async up(key: string): Promise<void> {
    await this.#act([{ type: "keyUp", value: characterOf(key) }]);
  }

  async press(key: string): Promise<void> {
    const value = characterOf(key);
    await this.#act([
      { type: "keyDown", value },
      { type: "keyUp", value },
    ]);
  }

  async type(text: string): Promise<void> {
    const actions = [...text].flatMap((char): Input.KeySourceAction[] => {
      const value = keys[char] ?? char;
      return [
        { type: "keyDown", value },
        { type: "keyUp", value },
      ];
    });
    await this.#act(actions);
  }

  async #act(actions: Input.KeySourceAction[]): Promise<void> {
    await this.#page.context.browser.connection.send("input.performActions", {
      context: await frameWithFocus(this.#page),
      actions: [{ type: "key", id: "keyboard", actions }],
    });
  }
}

function characterOf(key: string): string {
  const known = keys[key];
  if (known !== undefined) return known;
  if ([...key].length === 1) return key;
  throw new Error(`Unknown key: "${key}"`);
}
