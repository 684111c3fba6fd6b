/** The binding of the metrics script, in the isolated world only. */
export const metricsBinding = "__verdictMeasured";

/** What the script says, each time anything of it changes: milliseconds from the start of the navigation; `cls` is a score. */
export type Measured = {
  ttfbMs?: number;
  fcpMs?: number;
  lcpMs?: number;
  inpMs?: number;
  cls?: number;
  domContentLoadedMs?: number;
  loadMs?: number;
};

export const measuredNames = [
  "ttfbMs",
  "fcpMs",
  "lcpMs",
  "inpMs",
  "cls",
  "domContentLoadedMs",
  "loadMs",
] as const satisfies readonly (keyof Measured)[];
