import type { StepOf } from "../../db/domain/steps/index.ts";
import { type ClockState, clockCommand, clockScript } from "./clock-script.ts";
import type { DriverContext } from "./driver/driver.ts";
import type { Session } from "./driver/session.ts";
import { protocolReason } from "./evaluate.ts";
import { StepFailure } from "./failure.ts";
import type { Tab } from "./tab.ts";

type Field = "locale" | "timezone" | "colorScheme" | "reducedMotion" | "forcedColors" | "media" | "userAgent";
type Seen = Pick<StepOf<"emulate">, Field>;
type Location = { latitude: number; longitude: number; accuracy: number };

/** What the pages of an attempt see of their user and of time; new tabs and frames take it over. */
export class Emulation {
  #seen: Seen;
  #location: Location | null = null;
  #clock: ClockState | null = null;
  readonly #sessions = new Map<Session, { isRoot: boolean; script: string | null }>();

  constructor(userAgent: string | undefined) {
    this.#seen = userAgent === undefined ? {} : { userAgent };
  }

  /** The commands that a new session needs; none when nothing was changed yet. */
  attach(session: Session, isRoot: boolean): Promise<unknown>[] {
    this.#sessions.set(session, { isRoot, script: null });
    const commands = seenCommands(session, isRoot, this.#seen);
    if (this.#location) commands.push(session.send("Emulation.setGeolocationOverride", this.#location));
    if (this.#clock) commands.push(this.#putClock(session, true));
    return commands;
  }

  /** @throws StepFailure `invalid-emulation` when the browser does not know what is asked for. */
  async emulate(step: Seen): Promise<void> {
    const { locale, timezone, colorScheme, reducedMotion, forcedColors, media, userAgent } = step;
    const all = { locale, timezone, colorScheme, reducedMotion, forcedColors, media, userAgent };
    const change: Seen = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const next = { ...this.#seen, ...change };
    try {
      await this.#each((session, isRoot) => seenCommands(session, isRoot, next, change));
    } catch (error) {
      if (!(error instanceof Error) || !/invalid|timezone|locale/i.test(error.message)) throw error;
      const what = change.timezone ?? change.locale ?? "it";
      throw new StepFailure(
        "invalid-emulation",
        `the browser does not know "${what}": ${protocolReason(error)}`,
      );
    }
    this.#seen = next;
  }

  async setLocation(context: DriverContext, location: Location): Promise<void> {
    this.#location = location;
    await context.setPermission("*", { permission: { name: "geolocation" }, state: "granted" });
    await this.#each((session) => [session.send("Emulation.setGeolocationOverride", location)]);
  }

  /** Where the clock of the pages stands now, in ms since 1970. */
  get time(): number {
    if (this.#clock === null) return Date.now();
    const { time, runsSince } = this.#clock;
    return runsSince === null ? time : time + (Date.now() - runsSince);
  }

  get isClockInstalled(): boolean {
    return this.#clock !== null;
  }

  /** Sets the clock of all open pages, and of those to come. */
  async setClock(clock: ClockState, tabs: readonly Tab[]): Promise<void> {
    const isFirst = this.#clock === null;
    this.#clock = clock;
    await Promise.all([...this.#open()].map(([session]) => this.#putClock(session, false)));
    const source = isFirst ? clockScript(clock) : `${clockScript(clock)}; ${clockCommand(clock)}`;
    await Promise.all(tabs.flatMap((tab) => tab.documents.evaluateEverywhere(source)));
  }

  async #putClock(session: Session, runImmediately: boolean): Promise<void> {
    if (this.#clock === null) return;
    const known = this.#sessions.get(session);
    const { identifier } = await session.send("Page.addScriptToEvaluateOnNewDocument", {
      source: clockScript(this.#clock),
      runImmediately,
    });
    if (known?.script) {
      await session.send("Page.removeScriptToEvaluateOnNewDocument", { identifier: known.script });
    }
    if (known) known.script = identifier;
  }

  #open(): Map<Session, { isRoot: boolean; script: string | null }> {
    for (const session of this.#sessions.keys()) if (session.detached) this.#sessions.delete(session);
    return this.#sessions;
  }

  async #each(commands: (session: Session, isRoot: boolean) => Promise<unknown>[]): Promise<void> {
    await Promise.all([...this.#open()].flatMap(([session, { isRoot }]) => commands(session, isRoot)));
  }
}

/** `change`: what is new about it; all of it for a new session. */
function seenCommands(
  session: Session,
  isRoot: boolean,
  seen: Seen,
  change: Seen = seen,
): Promise<unknown>[] {
  const commands: Promise<unknown>[] = [];
  const { locale, timezone, colorScheme, reducedMotion, forcedColors, media, userAgent } = seen;
  if (change.timezone !== undefined && timezone !== undefined) {
    commands.push(session.send("Emulation.setTimezoneOverride", { timezoneId: timezone }));
  }
  if (change.locale !== undefined && locale !== undefined && isRoot)
    commands.push(setLocale(session, locale));
  if (change.locale !== undefined || change.userAgent !== undefined) {
    commands.push(setAgent(session, userAgent, locale));
  }
  const features = [
    { name: "prefers-color-scheme", value: colorScheme },
    { name: "prefers-reduced-motion", value: reducedMotion },
    { name: "forced-colors", value: forcedColors },
  ].flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }]));
  const isDrawn = ["colorScheme", "reducedMotion", "forcedColors", "media"].some(
    (field) => Reflect.get(change, field) !== undefined,
  );
  if (isDrawn) {
    // The screen is what there is without a word about it.
    const medium = media === undefined || media === "screen" ? "" : media;
    commands.push(session.send("Emulation.setEmulatedMedia", { media: medium, features }));
  }
  return commands;
}

async function setLocale(session: Session, locale: string): Promise<void> {
  // An override that is there must go before another one may come.
  await session.send("Emulation.setLocaleOverride", {});
  await session.send("Emulation.setLocaleOverride", { locale: locale.replaceAll("_", "-") });
}

async function setAgent(
  session: Session,
  userAgent: string | undefined,
  locale: string | undefined,
): Promise<void> {
  const agent = userAgent ?? (await session.send("Browser.getVersion")).userAgent;
  const language = locale?.replaceAll("_", "-");
  await session.send("Emulation.setUserAgentOverride", {
    userAgent: agent,
    ...(language === undefined ? {} : { acceptLanguage: language }),
  });
}
