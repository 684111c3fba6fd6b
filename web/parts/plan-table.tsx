import type { Plan } from "../../db/domain/tenancy.ts";
import { TableBox } from "./bits.tsx";
import { formatBytes, formatCount } from "./figures.ts";

/** What an organization may use, and what it uses. */
export function PlanTable({ plan: { limits, use } }: { plan: Plan }) {
  const rows = [
    ["Members", formatCount(use.members), countOf(limits.membersMax)],
    ["Projects", formatCount(use.projects), countOf(limits.projectsMax)],
    ["Executions at once", formatCount(use.parallel), countOf(limits.parallelMax)],
    [
      "Stored files",
      formatBytes(use.artifactBytes),
      limits.artifactBytesMax === null ? "no limit" : formatBytes(limits.artifactBytesMax),
    ],
    ["Results", "", limits.resultDays === null ? "no limit" : `${limits.resultDays} days`],
    [
      "Audit log",
      "",
      limits.retentionDays === null ? "as long as the installation says" : `${limits.retentionDays} days`,
    ],
  ] as const;
  return (
    <TableBox label="Plan">
      <table class="list stack">
        <caption class="sr">What the organization may use, and what it uses</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col" class="num">
              In use
            </th>
            <th scope="col" class="num">
              At most
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([what, used, most]) => (
            <tr>
              <th scope="row" class="main-narrow">
                {what}
              </th>
              <td class="num" data-label="In use">
                {used === "" ? <span class="dim">-</span> : used}
              </td>
              <td class="num" data-label="At most">
                {most}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function countOf(most: number | null): string {
  return most === null ? "no limit" : formatCount(most);
}
