import type { Execution, Run } from "../db/domain/resources.ts";
import { isFinal } from "../db/domain/states.ts";
import type { Client } from "./client.ts";
import { openTopic } from "./live.ts";

/** With a socket its events say when to look; without one the API is asked at this pace, below its limit of requests. */
const pollMs = 2_500;
const lookAgainMs = 30_000;
const lookApartMs = 1_500;

export type Progress = { run: Run; executions: Execution[] };

/**
 * Follows a run until it has ended.
 * @param onProgress what is known now, at most every 1.5 seconds and once at the end
 */
export async function followRun(
  client: Client,
  runId: string,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Progress> {
  let wake = () => {};
  let isLive = true;
  let isNews = false;
  const news = () => {
    isNews = true;
    wake();
  };
  const topic = await openTopic(client, `run:${runId}`, 0, news);
  void topic.ended.then(() => {
    isLive = false;
    news();
  });
  signal.addEventListener("abort", news);
  try {
    for (;;) {
      isNews = false;
      const run = await client.get<Run>(`/runs/${runId}`);
      const executions = await client.all<Execution>("/executions", { runId });
      onProgress({ run, executions });
      if (isFinal(run.status)) return { run, executions };
      signal.throwIfAborted();
      await sleep(lookApartMs);
      if (!isNews) await until((woken) => (wake = woken), isLive ? lookAgainMs : pollMs);
    }
  } finally {
    signal.removeEventListener("abort", news);
    topic.close();
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(register: (woken: () => void) => void, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  register(resolve);
  await promise;
  clearTimeout(timer);
}
