import { type Metric, onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals";
import { type Measured, metricsBinding } from "./contract.ts";

const sayMs = 100;
const names = { CLS: "cls", FCP: "fcpMs", INP: "inpMs", LCP: "lcpMs", TTFB: "ttfbMs" } as const;

declare global {
  var __verdictMeasures: boolean | undefined;
}

// Of the document that the tab itself shows, once; what is loaded from another page's cache is no navigation.
if (window.parent === window && location.href !== "about:blank" && !globalThis.__verdictMeasures) {
  globalThis.__verdictMeasures = true;
  measure();
}

function measure(): void {
  const measured: Measured = {};
  let timer: ReturnType<typeof setTimeout> | null = null;
  const say = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const call = (globalThis as unknown as Record<string, ((text: string) => void) | undefined>)[
      metricsBinding
    ];
    call?.(JSON.stringify(measured));
  };
  const later = () => {
    timer ??= setTimeout(say, sayMs);
  };
  const note = ({ name, value }: Metric) => {
    measured[names[name]] = value;
    later();
  };
  for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) on(note, { reportAllChanges: true });
  const loaded = () => {
    const [entry] = performance.getEntriesByType("navigation");
    if (!entry) return;
    measured.domContentLoadedMs = entry.domContentLoadedEventEnd;
    measured.loadMs = entry.loadEventEnd;
    later();
  };
  if (document.readyState === "complete") loaded();
  else addEventListener("load", () => setTimeout(loaded), { once: true });
  addEventListener("beforeunload", () => {
    if (timer !== null) say();
  });
}
