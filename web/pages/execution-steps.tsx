import {
  type BranchNode,
  branchTitle,
  isFailure,
  pathWords,
  type StepNode,
  shownPath,
} from "../../db/domain/step-tree.ts";
import type { ViewQuery } from "../execution-query.ts";
import type { ExecutionView } from "../execution-view.ts";
import type { DraftStep } from "../forms/step-fields.ts";
import { ScrollBox } from "../parts/bits.tsx";
import { formatDuration, plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { StatusIcon } from "../parts/status.tsx";
import { StepLine } from "../parts/step-line.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { withQuery } from "../site.tsx";
import { filteredSteps, StepFilter } from "./execution-step-filter.tsx";

type Props = { view: ExecutionView; path: string; query: ViewQuery };

/** The id of a step's line in the tree. */
export function stepId({ path }: StepNode): string {
  return `s-${shownPath(path).replaceAll(".", "-")}`;
}

/** Every step with its state and time, those inside of others beneath them; the selected one is what the panes show. */
export function StepTree({ view, path, query }: Props) {
  const kept = filteredSteps(view, query);
  const isFiltered = kept !== null;
  return (
    <section class="pane panel pane-steps" aria-label="Steps">
      <h2 class="panel-head">
        Steps
        <span class="dim small">
          {kept ? `${kept.hits} of ${plural(view.nodes.length, "step")}` : plural(view.nodes.length, "step")}
        </span>
      </h2>
      <StepFilter path={path} query={query} />
      <ScrollBox label="List of steps" class="pane-scroll" id="steps-scroll">
        <List
          nodes={view.tree}
          scope={{
            view,
            path,
            kept: kept?.nodes ?? null,
            way: wayTo(view),
            isLong: view.nodes.length - view.tree.length > innerStepsMax,
          }}
        />
        {isFiltered && kept.hits === 0 ? (
          <p class="panel-pad dim">
            No step is like that.{" "}
            <a
              href={withQuery(path, {
                q: undefined,
                show: undefined,
                kind: undefined,
                from: undefined,
                to: undefined,
              })}
              hx-boost="false"
            >
              Show all
            </a>
          </p>
        ) : null}
      </ScrollBox>
    </section>
  );
}

/** The paths of the selected step and of everything around it. */
function wayTo({ selected }: ExecutionView): string[] {
  const parts = selected?.path.split(".") ?? [];
  return parts.map((_, index) => parts.slice(0, index + 1).join("."));
}

/** Who looks at a film or a replay goes on looking at it; a picture is that of its step. */
function keptView(path: string): string | undefined {
  const view = new URL(path, "http://verdict.invalid").searchParams.get("view");
  return view === "video" || view === "replay" ? view : undefined;
}

type Scope = {
  view: ExecutionView;
  path: string;
  kept: Set<StepNode> | null;
  /** What has to be open, so that the selected step is seen. */
  way: readonly string[];
  /** With more steps inside of others than this, only what is open is sent. */
  isLong: boolean;
};

const innerStepsMax = 300;
/** Of what was run inside of one step at most so many branches stand beneath it, around the one that matters. */
const branchesMax = 60;

function List({ nodes, scope }: { nodes: readonly StepNode[]; scope: Scope }) {
  const { kept } = scope;
  const shown = kept ? nodes.filter((node) => kept.has(node)) : nodes;
  return (
    <ol class="run-steps">
      {shown.map((node) => (
        <Line node={node} scope={scope} />
      ))}
    </ol>
  );
}

function Line({ node, scope }: { node: StepNode; scope: Scope }) {
  const { view, path } = scope;
  const rounds = node.branches.filter(({ name }) => name.startsWith("round-")).length;
  return (
    <li class={`run-step${node.status === "pending" ? " is-pending" : ""}`}>
      <a
        href={withQuery(path, { step: shownPath(node.path), view: keptView(path) })}
        id={stepId(node)}
        aria-current={node === view.selected ? "step" : undefined}
        data-run-step={node.status}
        data-at={node.startedAt === null ? undefined : String(node.startedAt - view.startedAt)}
        data-took={node.durationMs === null ? undefined : String(node.durationMs)}
        data-title={`${pathWords(node.path)} ${visibleText(node.title)}`}
        data-optional={node.step?.optional ? true : undefined}
      >
        <StatusIcon of={node.status} />
        <span class="step-no">{node.index + 1}</span>
        {node.step ? <StepLine step={node.step as unknown as DraftStep} /> : <Text of={node.title} />}
        <span class="run-step-time">
          {rounds > 0 ? <span class="chip">×{rounds}</span> : null}
          {node.durationMs === null ? null : formatDuration(node.durationMs)}
        </span>
      </a>
      {node.branches.length > 0 ? <Branches node={node} scope={scope} /> : null}
    </li>
  );
}

function Branches({ node, scope }: { node: StepNode; scope: Scope }) {
  const { kept, way } = scope;
  const all = kept
    ? node.branches.filter(({ steps }) => steps.some((step) => kept.has(step)))
    : node.branches;
  const telling = all.findIndex((branch) => way.includes(branch.path) || branch.status === "failed");
  const first = Math.max(0, Math.min(telling - (branchesMax >> 1), all.length - branchesMax));
  const shown = all.slice(first, first + branchesMax);
  return (
    <>
      <Hidden branches={all.slice(0, first)} near={-1} scope={scope} />
      {shown.map((branch) => (
        <Branch branch={branch} scope={scope} />
      ))}
      <Hidden branches={all.slice(first + branchesMax)} near={0} scope={scope} />
    </>
  );
}

/** Leads to the branches that do not stand here: selecting a step of one brings its neighbours. */
function Hidden({ branches, near, scope }: { branches: readonly BranchNode[]; near: 0 | -1; scope: Scope }) {
  const step = branches.at(near)?.steps[0];
  if (!step) return null;
  return (
    <p class="branch-more">
      <a href={withQuery(scope.path, { step: shownPath(step.path), view: undefined })}>
        {plural(branches.length, near === 0 ? "more round" : "earlier round")}
      </a>
    </p>
  );
}

function Branch({ branch, scope }: { branch: BranchNode; scope: Scope }) {
  const isOnWay = scope.way.includes(branch.path);
  const isTelling =
    isOnWay || scope.kept !== null || branch.status === "running" || branch.steps.some(isFailure);
  const isOpen = isTelling || !branch.name.startsWith("round-");
  if (scope.isLong && !isOnWay && !(scope.kept || branch.status === "failed")) {
    const [first] = branch.steps;
    return (
      <p class="branch-line">
        <StatusIcon of={branch.status} />
        <a href={withQuery(scope.path, { step: first ? shownPath(first.path) : undefined, view: undefined })}>
          {branchTitle(branch.name)}
        </a>
        <BranchFacts branch={branch} />
      </p>
    );
  }
  return (
    <details
      class="branch"
      id={`b-${branch.path.replaceAll(".", "-")}`}
      open={isOpen}
      data-keep-fold={scope.kept ? undefined : true}
    >
      <summary>
        <Icon name="expand" />
        <StatusIcon of={branch.status} />
        {branchTitle(branch.name)}
        <BranchFacts branch={branch} />
      </summary>
      <List nodes={branch.steps} scope={scope} />
    </details>
  );
}

function BranchFacts({ branch }: { branch: BranchNode }) {
  return (
    <span class="run-step-time">
      {plural(branch.steps.length, "step")}
      {branch.durationMs === null ? null : `, ${formatDuration(branch.durationMs)}`}
    </span>
  );
}
