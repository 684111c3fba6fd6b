import { Registry } from "prom-client";
import { httpMetrics, queueMetrics, runMetrics } from "./metrics.ts";

const groups: readonly { title: string; by: string; of: (registry: Registry) => unknown }[] = [
  { title: "Requests and sockets", by: "the API", of: httpMetrics },
  { title: "Queues and jobs", by: "workers", of: queueMetrics },
  { title: "Executions and browsers", by: "workers", of: runMetrics },
];

/** `docs/metrics.md`, from the metrics themselves. */
export function metricsPage(): string {
  const sections = groups.map(({ title, by, of }) => {
    const registry = new Registry();
    of(registry);
    const rows = registry.getMetricsAsArray().map(({ name, type, help }) => {
      const cells = [`\`${name}\``, String(type), labelsOf(registry, name).join(", ") || "-", help];
      return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    });
    return `## ${title}\n\nGiven by ${by}.\n\n| metric | type | labels | what it says |\n|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `# Metrics

What a scraper finds at \`/metrics\` of the API and, with \`METRICS_PORT\`, of each worker, beside Node's own figures
(\`process_…\`, \`nodejs_…\`). Every one has the label \`role\`: \`api\` or \`worker\`. Figures called \`verdict_queue_…\`,
\`verdict_jobs_waiting\` and \`verdict_dead_letters\` are true of the whole installation and given by every worker alike:
take the maximum. The others are of one process: add them up. Throughput is the rate of \`verdict_jobs_finished_total\`. The dashboards in
\`grafana/dashboards\` are built on these.

This page is generated from \`ops/metrics.ts\` by \`node --import tsx ops/docs.ts metrics\`.

${sections.join("\n")}`;
}

/** The library keeps them where its types do not say. */
function labelsOf(registry: Registry, name: string): readonly string[] {
  const metric = registry.getSingleMetric(name) as { labelNames?: readonly string[] } | undefined;
  return metric?.labelNames ?? [];
}
