import { cellTitle, sizeOf } from "../../db/domain/matrix.ts";
import type { MatrixCell, MatrixRow, RunMatrix } from "../../db/domain/matrix-resources.ts";
import { browserTitles } from "../../db/domain/steps/definition.ts";
import { TableBox, Tabs } from "../parts/bits.tsx";
import { formatCount, formatDuration } from "../parts/figures.ts";
import { Screen } from "../parts/screen.tsx";
import { countOrder, totalOf } from "../parts/segment-bar.tsx";
import { Status, StatusIcon, toneOf } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { withQuery } from "../site.tsx";

/** Which part of a run is looked at: one of its browsers, one of its screens, or all. */
export type CellFilter = { browser: string | null; viewport: string | null };

/** Grid or list, and for which cells: shown as soon as a run has more than one. */
export function MatrixTabs({
  cells,
  filter,
  isGrid,
  path,
}: {
  cells: readonly MatrixCell[];
  filter: CellFilter;
  isGrid: boolean;
  path: string;
}) {
  if (cells.length < 2) return null;
  const to = (changes: Record<string, string | undefined>) => withQuery(path, { view: "list", ...changes });
  const browsers = [...new Set(cells.map(({ browser }) => browser))];
  const sizes = [...new Set(cells.map(({ viewport }) => sizeOf(viewport)))];
  const chip = (label: string, href: string, current: boolean) => (
    <a class="chip" href={href} aria-current={current ? "true" : undefined}>
      {label}
    </a>
  );
  return (
    <div class="section-head">
      <Tabs
        label="Shape of the results"
        tabs={[
          {
            href: withQuery(path, {
              view: undefined,
              status: undefined,
              browser: undefined,
              viewport: undefined,
            }),
            label: "Grid",
            current: isGrid,
          },
          { href: to({}), label: "List", current: !isGrid },
        ]}
      />
      <nav class="chips" aria-label="Browsers and screens">
        {browsers.length < 2
          ? null
          : browsers.map((browser) => {
              const isOn = filter.browser === browser;
              return chip(browserTitles[browser], to({ browser: isOn ? undefined : browser }), isOn);
            })}
        {sizes.length < 2
          ? null
          : sizes.map((size) => {
              const isOn = filter.viewport === size;
              return chip(size.replace("x", " × "), to({ viewport: isOn ? undefined : size }), isOn);
            })}
      </nav>
    </div>
  );
}

/** Cases by cells: one look says whether something fails everywhere or in one browser only. */
export function RunGrid({ matrix, path }: { matrix: RunMatrix; path: string }) {
  return (
    <TableBox label="Results by browser and screen">
      <table class="list grid">
        <caption class="sr">Test cases by browser and screen, failures first</caption>
        <thead>
          <tr>
            <th scope="col">Test case</th>
            {matrix.cells.map((cell) => (
              <CellHead cell={cell} path={path} />
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.items.map((row) => (
            <GridRow row={row} cells={matrix.cells} />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function CellHead({ cell: { browser, viewport, counts }, path }: { cell: MatrixCell; path: string }) {
  const of = { view: "list", browser, viewport: sizeOf(viewport) };
  const told = countOrder.filter((status) => counts[status] > 0);
  return (
    <th class="grid-cell" scope="col">
      <a href={withQuery(path, of)} title={`${formatCount(totalOf(counts))} executions`}>
        <span>{browserTitles[browser]}</span>
        <span class="nowrap">
          <Screen of={viewport} />
        </span>
      </a>
      <div class="sub">
        {told.map((status) => (
          <a class={`t-${toneOf(status)} tone nowrap`} href={withQuery(path, { ...of, status })}>
            {formatCount(counts[status])} {status}
          </a>
        ))}
      </div>
    </th>
  );
}

function GridRow({ row, cells }: { row: MatrixRow; cells: readonly MatrixCell[] }) {
  return (
    <tr>
      <th scope="row" class="main">
        <a href={`/test-cases/${row.testCaseId}/history`}>
          <Text of={row.testCaseName} />
        </a>
        {row.group ? (
          <div class="sub">
            <Text of={row.group} />
          </div>
        ) : null}
      </th>
      {row.executions.map((execution, index) => {
        const cell = cells[index];
        if (!execution || !cell) return <td class="grid-cell dim">-</td>;
        const { id, status, durationMs, reason } = execution;
        const where = cellTitle(cell);
        const said = [`${row.testCaseName} in ${where}: ${status}`, reason].filter(Boolean).join(". ");
        return (
          <td class="grid-cell">
            <a href={`/executions/${id}`} title={visibleText(said)}>
              {status === "passed" ? (
                <>
                  <StatusIcon of={status} />
                  <span>{durationMs === null ? null : formatDuration(durationMs)}</span>
                </>
              ) : (
                <Status of={status} />
              )}
            </a>
          </td>
        );
      })}
    </tr>
  );
}
