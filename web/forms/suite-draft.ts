import type { Suite, TestCaseSummary } from "../../db/domain/resources.ts";
import { tagsOf } from "./draft.ts";
import { type MatrixDraft, matrixDraftOf, matrixOf, readMatrixDraft } from "./matrix-draft.ts";
import type { FormValues } from "./step-fields.ts";

/** A suite while it is edited; all of it stands in the form. Names travel along so that the list can be shown unsaved. */
export type SuiteDraft = {
  name: string;
  description: string;
  mode: "list" | "tags";
  cases: { id: string; name: string }[];
  tags: string;
  environmentId: string;
  retries: string;
  matrix: MatrixDraft;
  /** What is looked for among the cases that could be added. */
  search: string;
  dirty: boolean;
};

export function suiteDraftOf(suite: Suite, cases: readonly TestCaseSummary[]): SuiteDraft {
  return {
    name: suite.name,
    description: suite.description,
    mode: suite.tagQuery === null ? "list" : "tags",
    cases: suite.tagQuery === null ? cases.map(({ id, name }) => ({ id, name })) : [],
    tags: (suite.tagQuery ?? []).join(" "),
    environmentId: suite.environmentId ?? "",
    retries: String(suite.retries),
    matrix: matrixDraftOf(suite.browsers, suite.viewports),
    search: "",
    dirty: false,
  };
}

export function readSuiteDraft(form: FormValues): SuiteDraft {
  const text = (name: string) => String(form.get(name) ?? "").replace(/\r\n?/g, "\n");
  const names = form.getAll("caseName").map(String);
  return {
    name: text("name"),
    description: text("description"),
    mode: text("mode") === "tags" ? "tags" : "list",
    cases: form.getAll("case").map((id, index) => ({ id: String(id), name: names[index] ?? String(id) })),
    tags: text("tags"),
    environmentId: text("environmentId"),
    retries: text("retries"),
    matrix: readMatrixDraft(form),
    search: text("search"),
    dirty: true,
  };
}

/** `up:2`, `down:2`, `move:2:0`, `remove:2`, `add:<id>:<name>`, `find`, `mode`. */
export function applySuiteOperation(draft: SuiteDraft, operation: string): SuiteDraft {
  const [verb = "", first = "", ...rest] = operation.split(":");
  if (verb === "add") {
    if (draft.cases.some(({ id }) => id === first)) return draft;
    return { ...draft, mode: "list", cases: [...draft.cases, { id: first, name: rest.join(":") }] };
  }
  const at = Number.parseInt(first, 10);
  const item = draft.cases[at];
  if (!item) return draft;
  const without = draft.cases.toSpliced(at, 1);
  switch (verb) {
    case "remove":
      return { ...draft, cases: without };
    case "up":
      return at === 0 ? draft : { ...draft, cases: without.toSpliced(at - 1, 0, item) };
    case "down":
      return at === draft.cases.length - 1 ? draft : { ...draft, cases: without.toSpliced(at + 1, 0, item) };
    case "move": {
      const to = Number.parseInt(rest[0] ?? "", 10);
      return Number.isInteger(to) && to >= 0 && to < draft.cases.length
        ? { ...draft, cases: without.toSpliced(to, 0, item) }
        : draft;
    }
    default:
      return draft;
  }
}

/** The change that a suite would take; the schema judges it. */
export function suiteChangeOf(draft: SuiteDraft): Record<string, unknown> {
  return {
    name: draft.name,
    description: draft.description,
    testCaseIds: draft.mode === "list" ? draft.cases.map(({ id }) => id) : [],
    tagQuery: draft.mode === "tags" ? tagsOf(draft.tags) : null,
    environmentId: draft.environmentId === "" ? null : draft.environmentId,
    retries: /^\d+$/.test(draft.retries.trim()) ? Number(draft.retries) : draft.retries,
    ...matrixOf(draft.matrix),
  };
}
