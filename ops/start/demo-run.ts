import { setTimeout as delay } from "node:timers/promises";
import { createLogUpdate } from "log-update";
import pc from "picocolors";
import { z } from "zod";

const requestBoundMs = 10_000;
const runBoundMs = 300_000;
/** Well within the limit of 100 calls a minute. */
const pollMs = 1_000;

const loginSchema = z.object({ accessToken: z.string() });
const runSchema = z.object({ id: z.string(), status: z.string() });
const executionSchema = z.object({
  id: z.string(),
  status: z.string(),
  testCaseId: z.string(),
  testCaseName: z.string().nullish(),
  durationMs: z.number().nullish(),
  error: z.unknown().optional(),
});
const executionsSchema = z.object({ items: z.array(executionSchema) });
type Execution = z.infer<typeof executionSchema>;

export type DemoRunOptions = {
  /** Address of the API on this machine. */
  origin: string;
  email: string;
  password: string;
  suiteId: string;
  signal: AbortSignal;
  output: NodeJS.WriteStream;
};

/** How the demo ended. `page` is the run's path in the dashboard. */
export type DemoRunResult = { status: string; summary: string; page: string };

/**
 * Runs the demo suite through the public API, as the owner, and shows how it goes: a living list on a terminal, one
 * line per finished test elsewhere.
 * @throws when the API refuses or the run takes longer than five minutes
 */
export async function runDemo(options: DemoRunOptions): Promise<DemoRunResult> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(runBoundMs)]);
  const { accessToken } = loginSchema.parse(
    await call(options.origin, "POST", "/auth/login", signal, null, {
      email: options.email,
      password: options.password,
    }),
  );
  const api = (method: string, path: string, body?: unknown) =>
    call(options.origin, method, path, signal, accessToken, body);
  const { id } = runSchema.parse(await api("POST", `/test-suites/${options.suiteId}/execute`, {}));
  const shown = options.output.isTTY ? livingList(options.output) : finishedLines(options.output);
  for (;;) {
    const { items } = executionsSchema.parse(await api("GET", `/executions?runId=${id}&limit=100`));
    const isFinished = items.every(isFinal);
    shown(items, isFinished);
    if (isFinished) {
      const { status } = runSchema.parse(await api("GET", `/runs/${id}`));
      return { status, summary: summaryOf(items), page: `/runs/${id}` };
    }
    await delay(pollMs, undefined, { signal });
  }
}

async function call(
  origin: string,
  method: string,
  path: string,
  signal: AbortSignal,
  token: string | null,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(`${origin}/api/v1${path}`, {
    method,
    signal: AbortSignal.any([signal, AbortSignal.timeout(requestBoundMs)]),
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

type Show = (items: readonly Execution[], isFinished: boolean) => void;

function livingList(output: NodeJS.WriteStream): Show {
  const update = createLogUpdate(output);
  return (items, isFinished) => {
    update(items.map(lineOf).join("\n"));
    if (isFinished) update.done();
  };
}

function finishedLines(output: NodeJS.WriteStream): Show {
  const told = new Set<string>();
  return (items) => {
    for (const item of items.filter((candidate) => isFinal(candidate) && !told.has(candidate.id))) {
      told.add(item.id);
      output.write(`${lineOf(item)}\n`);
    }
  };
}

const looks: Readonly<Record<string, { icon: string; colour: (text: string) => string }>> = {
  queued: { icon: "·", colour: pc.dim },
  running: { icon: "›", colour: pc.cyan },
  passed: { icon: "✔", colour: pc.green },
  failed: { icon: "✖", colour: pc.red },
  flaky: { icon: "~", colour: pc.yellow },
};

function lineOf(item: Execution): string {
  const { icon, colour } = looks[item.status] ?? { icon: "!", colour: pc.yellow };
  const duration = item.durationMs ? pc.dim(` ${(item.durationMs / 1000).toFixed(1)} s`) : "";
  const why = reasonOf(item.error);
  const name = item.testCaseName ?? item.testCaseId;
  return `  ${colour(icon)} ${name}  ${colour(item.status)}${duration}${why === "" ? "" : pc.dim(`  ${why}`)}`;
}

function reasonOf(error: unknown): string {
  const text =
    typeof error === "string"
      ? error
      : typeof error === "object" && error !== null && "message" in error
        ? String(error.message)
        : "";
  return text.split("\n")[0]?.slice(0, 100) ?? "";
}

const isFinal = (item: Pick<Execution, "status">) => item.status !== "queued" && item.status !== "running";

function summaryOf(items: readonly Execution[]): string {
  const counts = new Map<string, number>();
  for (const { status } of items) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${status}`).join(", ");
}
