import { messageOf } from "../../db/domain/errors.ts";

/** From good to bad; `optional` is what this installation does without. */
export const healthStatuses = ["optional", "healthy", "warning", "degraded", "critical"] as const;
export type HealthStatus = (typeof healthStatuses)[number];

export const components = ["database", "redis", "storage", "browsers", "queue", "ai", "system"] as const;
export type Component = (typeof components)[number];

export type ComponentHealth = {
  status: HealthStatus;
  /** One sentence, for administrators. */
  message: string;
  /** Figures, for administrators. */
  figures?: Record<string, number | string | null>;
};

export type HealthCheck = () => Promise<ComponentHealth>;
export type Report = ComponentHealth & { checkedAt: string; durationMs: number };

export type Health = {
  component(name: Component): Promise<Report>;
  all(): Promise<Record<Component, Report>>;
  /** Whether requests should be sent here. */
  isReady(): Promise<boolean>;
};

type Options = {
  checks: Record<Component, HealthCheck>;
  /** How bad it is when the check itself fails or does not end. */
  onFailure: Partial<Record<Component, HealthStatus>>;
  /** False from the moment when the process is asked to stop. */
  isAccepting: () => boolean;
  cacheMs?: number;
  boundMs?: number;
  now?: () => number;
};

/** Checks on demand: each at most once per `cacheMs`, however many ask, and never longer than `boundMs`. */
export function openHealth(options: Options): Health {
  const { checks, onFailure, isAccepting, cacheMs = 2_000, boundMs = 1_500, now = Date.now } = options;
  const known = new Map<Component, { at: number; report: Promise<Report> }>();

  const component = (name: Component): Promise<Report> => {
    const last = known.get(name);
    if (last && now() - last.at < cacheMs) return last.report;
    const report = checked(checks[name], onFailure[name] ?? "degraded", boundMs, now);
    known.set(name, { at: now(), report });
    return report;
  };

  return {
    component,
    async all() {
      const reports = await Promise.all(components.map(component));
      return Object.fromEntries(components.map((name, i) => [name, reports[i]])) as Record<Component, Report>;
    },
    isReady: async () => isAccepting() && (await component("database")).status !== "critical",
  };
}

async function checked(
  check: HealthCheck,
  onFailure: HealthStatus,
  boundMs: number,
  now: () => number,
): Promise<Report> {
  const startedAt = now();
  const health = await bounded(check, boundMs).catch(
    (error: unknown): ComponentHealth => ({ status: onFailure, message: messageOf(error) }),
  );
  return { ...health, checkedAt: new Date(startedAt).toISOString(), durationMs: now() - startedAt };
}

async function bounded(check: HealthCheck, boundMs: number): Promise<ComponentHealth> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not answer within ${boundMs} ms`)), boundMs);
  });
  try {
    return await Promise.race([check(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The whole is as bad as its worst part. */
export function worst(reports: Iterable<{ status: HealthStatus }>): HealthStatus {
  const ranks = [...reports].map(({ status }) => healthStatuses.indexOf(status));
  return healthStatuses[Math.max(1, ...ranks)] ?? "healthy";
}
