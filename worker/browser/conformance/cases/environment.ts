import { type StepCases, said } from "../contract.ts";

const holds = (script: string) => ({ type: "waitFor", function: script, timeoutMs: 5_000 }) as const;

const emulate: StepCases = {
  works: [
    {
      title: "a locale and a time zone",
      step: { locale: "de-AT", timezone: "Europe/Vienna" },
      after: [
        holds(
          "navigator.language === 'de-AT' && Intl.DateTimeFormat().resolvedOptions().timeZone === 'Europe/Vienna'",
        ),
      ],
    },
    {
      title: "colours, motion and paper",
      step: { colorScheme: "dark", reducedMotion: "reduce", media: "print" },
      after: [
        holds(
          "matchMedia('print and (prefers-color-scheme: dark) and (prefers-reduced-motion: reduce)').matches",
        ),
      ],
    },
    {
      title: "a device",
      step: { device: "iPhone 13", userAgent: "Tester/1" },
      after: [
        holds("screen.width === 390 && devicePixelRatio === 3 && navigator.maxTouchPoints > 0"),
        holds("navigator.userAgent === 'Tester/1'"),
        { type: "emulate", device: "Pixel 5 landscape" },
        { type: "goto", url: "/next" },
        holds("screen.width === 851 && screen.height === 393 && navigator.userAgent.includes('Pixel 5')"),
      ],
    },
    {
      title: "another user agent",
      step: { userAgent: "Tester/1" },
      after: [holds("navigator.userAgent === 'Tester/1'")],
    },
  ],
  waits: [
    {
      title: "also for pages that open later",
      step: { colorScheme: "dark", locale: "de-AT" },
      after: [
        { type: "goto", url: "/next" },
        holds("matchMedia('(prefers-color-scheme: dark)').matches && navigator.language === 'de-AT'"),
      ],
    },
  ],
  fails: [
    {
      title: "a device that is none",
      before: [{ type: "setVariable", variable: "phone", value: "iphone 13 prro" }],
      step: { device: "{{phone}}" },
      code: "invalid-emulation",
      message: 'there is no device "iphone 13 prro"; did you mean iPhone 13 Pro, …',
    },
    {
      title: "a time zone that is none",
      step: { timezone: "Europe/Atlantis" },
      code: "invalid-emulation",
      message: {
        chromium: 'the browser does not know "Europe/Atlantis": Invalid timezone id',
        firefox:
          'the browser does not know "Europe/Atlantis": Expected "timezone" to be a valid timezone ID (e.g., "Europe/Berlin") or a valid timezone offset (e.g., "+01:00"), got Europe/Atlantis',
      },
    },
  ],
};

/** How often a loop gets round in a tenth of a second. */
const speed =
  "(() => { let n = 0; const end = performance.now() + 100; while (performance.now() < end) n++; return n; })()";
const measured = { type: "evaluate", script: speed, as: "before" } as const;
/** Whatever else the machine does, the page is once seen to have a fraction of it only. */
const isSlowed = holds(`${speed} < {{before}} / 4`);

const emulateCpu: StepCases = {
  works: [
    {
      title: "slows the page down, and lets it go again",
      before: [measured],
      step: { slowdown: 10 },
      after: [isSlowed, { type: "emulateCpu", slowdown: 1 }, holds(`${speed} > {{before}} / 4`)],
    },
  ],
  waits: [
    {
      title: "also pages that open later",
      before: [measured],
      step: { slowdown: 10 },
      after: [{ type: "goto", url: "/next" }, isSlowed],
    },
  ],
  fails: [
    {
      title: "named by what has no value",
      step: { slowdown: 4, name: "{{machine}}" },
      code: "unknown-variable",
      message: 'variable "machine" has no value; none are set',
    },
  ],
};

const clock: StepCases = {
  works: [
    {
      title: "stops at a time",
      step: { action: "install", time: "2026-03-01T09:30:00Z" },
      after: [holds("Date.now() === Date.parse('2026-03-01T09:30:00Z')")],
    },
    {
      title: "moves on, timers with it",
      before: [
        { type: "clock", action: "install" },
        { type: "evaluate", script: "void setTimeout(() => { document.title = 'rang' }, 3_600_000)" },
      ],
      step: { action: "advance", ms: 3_600_000 },
      after: [said("rang")],
    },
  ],
  waits: [
    {
      title: "stays as it is on pages that open later",
      step: { action: "install", time: "2026-03-01T09:30:00Z" },
      after: [
        { type: "goto", url: "/next" },
        holds("new Date().getUTCDate() === 1 && Date.now() === Date.parse('2026-03-01T09:30:00Z')"),
      ],
    },
  ],
  fails: [
    {
      title: "to advance when none is installed",
      step: { action: "advance", ms: 1 },
      code: "no-clock",
      message: "there is no clock to advance; a clock step with action install comes first",
    },
    {
      title: "to a time that is none",
      before: [{ type: "setVariable", variable: "at", value: "noon" }],
      step: { action: "install", time: "{{at}}" },
      code: "invalid-time",
      message: '"noon" is no time; write it like 2026-03-01T09:30:00Z',
    },
  ],
};

const where = {
  type: "evaluate",
  script:
    "new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(({ coords }) => { document.title = coords.latitude + ' ' + coords.longitude; resolve() }, reject))",
} as const;

const geolocation: StepCases = {
  works: [
    {
      title: "tells the page where it is",
      page: "/next",
      step: { latitude: 48.2, longitude: 16.4 },
      after: [where, said("48.2 16.4")],
    },
  ],
  waits: [
    {
      title: "also pages that open later",
      step: { latitude: 48.2, longitude: 16.4 },
      after: [{ type: "goto", url: "/next" }, where, said("48.2 16.4")],
    },
  ],
  fails: [
    {
      title: "named by what has no value",
      page: "/next",
      step: { latitude: 48.2, longitude: 16.4, name: "{{place}}" },
      code: "unknown-variable",
      message: 'variable "place" has no value; none are set',
    },
  ],
};

const stateOf = (name: string, state: string) =>
  holds(`async () => (await navigator.permissions.query({ name: '${name}' })).state === '${state}'`);

const permissions: StepCases = {
  works: [
    {
      title: "grants and denies",
      page: "/next",
      step: { grant: ["notifications"], deny: ["geolocation"] },
      after: [stateOf("notifications", "granted"), stateOf("geolocation", "denied")],
    },
  ],
  waits: [
    {
      title: "also to pages that open later",
      step: { grant: ["notifications"] },
      after: [{ type: "goto", url: "/next" }, stateOf("notifications", "granted")],
    },
  ],
  fails: [
    {
      title: "to a site that is none",
      step: { grant: ["notifications"], origin: "ftp://files.example" },
      code: "address-refused",
      message: '"ftp://files.example" has the scheme ftp; requests go to http and https addresses only',
    },
  ],
};

export const environmentCases = { emulate, emulateCpu, clock, geolocation, permissions };
