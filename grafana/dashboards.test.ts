import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { OutsideCalls } from "../db/outside-calls.ts";
import {
  createRegistry,
  httpMetrics,
  outsideMetrics,
  queueMetrics,
  runMetrics,
  scheduleMetrics,
} from "../ops/metrics.ts";

type Panel = { title: string; targets: { expr: string }[] };

const folder = new URL("./dashboards/", import.meta.url);

test("every expression of every dashboard reads metrics that a process gives", async () => {
  const registry = createRegistry("api");
  httpMetrics(registry);
  queueMetrics(registry);
  runMetrics(registry);
  scheduleMetrics(registry);
  outsideMetrics(registry).watch(new OutsideCalls());
  const known = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  const files = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  assert.ok(files.length > 0);
  for (const file of files) {
    const { panels } = JSON.parse(await readFile(new URL(file, folder), "utf8")) as { panels: Panel[] };
    for (const { title, targets } of panels) {
      assert.ok(targets.length > 0, `${file}: ${title} shows nothing`);
      for (const name of targets.flatMap(({ expr }) => metricNames(expr))) {
        assert.ok(known.has(name), `${file}: ${title} reads ${name}, which nothing gives`);
      }
    }
  }
});

function metricNames(expression: string): string[] {
  const names = expression.match(/\b(?:verdict|process|nodejs)_[a-z0-9_]+/g) ?? [];
  return names.map((name) => name.replace(/_(bucket|count|sum)$/, ""));
}
