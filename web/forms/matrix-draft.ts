import { screens, sizeOf, type Viewport, viewportOf } from "../../db/domain/matrix.ts";
import type { FormValues } from "./step-fields.ts";

/** Browsers and screens while they are chosen: those that are ticked, and what is written beside them. */
export type MatrixDraft = {
  browsers: string[];
  /** `1280x720`, of the screens that are offered. */
  sizes: string[];
  /** Other sizes as they were written. */
  otherSizes: string;
};

const offered = new Set(screens.map(sizeOf));

export function matrixDraftOf(browsers: readonly string[], viewports: readonly Viewport[]): MatrixDraft {
  const sizes = viewports.map(sizeOf);
  return {
    browsers: [...browsers],
    sizes: sizes.filter((size) => offered.has(size)),
    otherSizes: sizes.filter((size) => !offered.has(size)).join(" "),
  };
}

export function readMatrixDraft(form: FormValues): MatrixDraft {
  return {
    browsers: form.getAll("browser").map(String),
    sizes: form.getAll("size").map(String),
    otherSizes: String(form.get("otherSizes") ?? ""),
  };
}

/** The input that a suite or a start would take; what is no size stays as it was written, for the schema to refuse. */
export function matrixOf({ browsers, sizes, otherSizes }: MatrixDraft): Record<string, unknown> {
  const written = otherSizes
    .replaceAll(/(\d) ?[x×] ?(\d)/g, "$1x$2")
    .split(/[\s,;]+/)
    .filter((text) => text !== "");
  return { browsers, viewports: [...sizes, ...written].map((text) => viewportOf(text) ?? text) };
}
