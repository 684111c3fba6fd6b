import type { StepNode } from "../../db/domain/step-tree.ts";
import type { StepGroup } from "../../db/domain/steps/definition.ts";
import { definitionOf, isStepType } from "../../db/domain/steps/index.ts";
import { carriedFields, stepKinds, stepStates, type TimeWindow, type ViewQuery } from "../execution-query.ts";
import type { ExecutionView } from "../execution-view.ts";
import { Options } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";

/** By text, by how they ended, and by kind. */
export function StepFilter({ path, query }: { path: string; query: ViewQuery }) {
  const { pathname } = new URL(path, "http://verdict.invalid");
  return (
    <form
      class="step-filter"
      method="get"
      action={pathname}
      hx-get={pathname}
      hx-trigger="submit, change, input changed delay:250ms from:#step-filter"
      hx-target="#execution"
      hx-swap="outerHTML"
      hx-push-url="true"
      hx-sync="#execution:replace"
      data-filters
    >
      {carriedFields(path, ["q", "show", "kind"]).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <span class="search">
        <Icon name="search" />
        <input
          class="input"
          type="search"
          name="q"
          id="step-filter"
          value={query.text}
          placeholder="Filter steps"
          aria-label="Filter steps by text"
          autocomplete="off"
          maxlength={200}
          data-search
          hx-preserve="true"
        />
      </span>
      <select class="select" name="show" aria-label="Filter steps by status">
        <Options
          value={query.state ?? ""}
          options={[
            { value: "", label: "all" },
            ...stepStates.map((state) => ({ value: state, label: state })),
          ]}
        />
      </select>
      <select class="select" name="kind" aria-label="Filter steps by kind">
        <Options
          value={query.kind ?? ""}
          options={[
            { value: "", label: "any kind" },
            ...stepKinds.map((kind) => ({ value: kind, label: kind })),
          ]}
        />
      </select>
      <noscript>
        <button class="btn btn-small" type="submit">
          Filter
        </button>
      </noscript>
    </form>
  );
}

type Kept = { nodes: Set<StepNode>; hits: number };

/** The steps that the filter leaves, with those around them; null when there is no filter. */
export function filteredSteps(view: ExecutionView, { text, state, kind, window }: ViewQuery): Kept | null {
  if (text === "" && state === null && kind === null && window === null) return null;
  const kept: Kept = { nodes: new Set(), hits: 0 };
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const visit = (node: StepNode): boolean => {
    const inner = node.branches.flatMap(({ steps }) => steps.map(visit)).some(Boolean);
    const isHit =
      (state === null || node.status === state) &&
      (kind === null || isOfKind(node, kind)) &&
      isDuring(view, node, window) &&
      words.every(saidIn(node));
    if (isHit) kept.hits += 1;
    if (isHit || inner) kept.nodes.add(node);
    return isHit || inner;
  };
  view.tree.forEach(visit);
  return kept;
}

function isOfKind({ type }: StepNode, kind: StepGroup): boolean {
  return isStepType(type) && definitionOf(type).group === kind;
}

function saidIn({ title, step, finished }: StepNode): (word: string) => boolean {
  const said = `${title} ${JSON.stringify(step)} ${finished?.failure?.message ?? ""}`.toLowerCase();
  return (word) => said.includes(word);
}

function isDuring({ startedAt: start }: ExecutionView, node: StepNode, window: TimeWindow | null): boolean {
  if (window === null) return true;
  if (node.startedAt === null) return false;
  const from = node.startedAt - start;
  return from <= window.to && (node.durationMs === null || from + node.durationMs >= window.from);
}
