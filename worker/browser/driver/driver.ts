import type { Cookie, CookieData } from "puppeteer";
import type { BrowserName } from "../../../db/domain/steps/definition.ts";
import type { ProxyPlan } from "../protocol.ts";
import type { Session } from "./session.ts";

/**
 * A browser that runs. Steps, recordings and the pool know browsers by these types only; `driver/chromium.ts` and
 * `driver/firefox` stand behind them.
 */
export type Driver = {
  readonly name: BrowserName;
  /** As the browser names itself, such as `Chrome/156.0.1`. */
  readonly version: string;
  readonly isConnected: boolean;
  /** What of the evidence it does not give, in words; empty for none. */
  readonly notRecorded: string;
  /** Told once, when the browser is gone or cannot be reached any more. */
  onLost(listener: () => void): void;
  /**
   * @param downloadFolder null: files are not kept
   * @param proxy by which everything goes, also to this machine itself; null: as the browser was started
   */
  openContext(downloadFolder: string | null, proxy: ProxyPlan | null): Promise<DriverContext>;
  /** Asks it to end; a browser that is not ours is only left. */
  close(): Promise<void>;
};

export type Permission = { name: string; allowWithoutGesture?: boolean };

/** Cookies, storage and cache of one attempt, apart from all others. */
export type DriverContext = {
  readonly id: string | undefined;
  newPage(): Promise<DriverPage>;
  /** Told of every page that another page opens. */
  onPage(listener: (page: DriverPage) => void): void;
  cookies(): Promise<Cookie[]>;
  setCookie(...cookies: CookieData[]): Promise<void>;
  deleteCookie(...cookies: Cookie[]): Promise<void>;
  /** `*` is every site. */
  setPermission(
    origin: string,
    ...permissions: { permission: Permission; state: "granted" | "denied" }[]
  ): Promise<void>;
  close(): Promise<void>;
};

/** @throws Error `Unknown key: …` for what is no key. */
export type Keyboard = {
  down(key: string): Promise<void>;
  up(key: string): Promise<void>;
  press(key: string): Promise<void>;
  type(text: string): Promise<void>;
};

export type DriverPage = {
  readonly keyboard: Keyboard;
  url(): string;
  openSession(): Promise<Session>;
  onClose(listener: () => void): void;
  close(): Promise<void>;
  /** Goes so many entries on in its history; false where there is none. */
  travel(by: 1 | -1): Promise<boolean>;
};
