import type { FieldError } from "../../db/domain/errors.ts";
import type { Share } from "../../db/domain/installation.ts";
import type { Page } from "../../db/domain/queries.ts";
import { ActionsHead, FormErrors, Pager, TableBox } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { TextField } from "../parts/field.tsx";
import { formatCount, formatDuration } from "../parts/figures.ts";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { withQuery } from "../site.tsx";

const countedMax = 1_000;

/** What each project has of a queue in which they take turns, and may have. */
export function Shares({ page, path, now }: { page: Page<Share>; path: string; now: Date }) {
  return (
    <section class="section" aria-labelledby="shares">
      <h2 id="shares">Shares</h2>
      {page.items.length === 0 ? (
        <p class="dim">No project has anything in this queue.</p>
      ) : (
        <ShareTable shares={page.items} now={now} />
      )}
      <Pager
        shown={page.items.length}
        next={page.nextCursor && `${withQuery(path, { shares: page.nextCursor })}#shares`}
        first={path.includes("shares=") ? `${withQuery(path, { shares: undefined })}#shares` : null}
      />
    </section>
  );
}

function ShareTable({ shares, now }: { shares: readonly Share[]; now: Date }) {
  return (
    <TableBox label="Shares">
      <table class="list stack">
        <caption class="sr">What projects have of the queue, and may have</caption>
        <thead>
          <tr>
            <th scope="col">Project</th>
            <th scope="col" class="num">
              Running, at most
            </th>
            <th scope="col" class="num">
              Waiting
            </th>
            <th scope="col" class="num">
              Starts in a turn
            </th>
            <th scope="col">Rate</th>
            <th scope="col">Set by</th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {shares.map((share) => (
            <tr>
              <td class="lead">
                <a href={`/jobs?project=${share.projectId}`}>
                  <ProjectName of={share} />
                </a>
              </td>
              <td class="num" data-label="Running, at most">
                {formatCount(share.running)} <span class="dim">/ {formatCount(share.atOnce)}</span>
              </td>
              <td class="num" data-label="Waiting">
                {formatCount(share.waiting)}
                {share.waiting >= countedMax ? "+" : ""}
              </td>
              <td class="num" data-label="Starts in a turn">
                {share.weight}
              </td>
              <td data-label="Rate">{rateText(share)}</td>
              <td data-label="Set by">
                <Said of={share} now={now} />
              </td>
              <td class="cell-actions">
                <a class="btn btn-quiet btn-small" href={pathTo(share)}>
                  Change
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function ProjectName({ of }: { of: Share }) {
  return of.project === null ? <code>{of.projectId}</code> : <Text of={of.project} />;
}

function rateText({ rate }: Share) {
  if (rate === null) return <span class="dim">any</span>;
  return `${formatCount(rate.jobs)} in ${formatDuration(rate.perMs)}`;
}

/** Who has said something about this project; nothing where the rule for all holds. */
function Said({ of: { own, changedBy, changedAt }, now }: { of: Share; now: Date }) {
  const isOwn = own.weight !== null || own.atOnce !== null || own.rate !== null;
  if (!isOwn || changedBy === null || changedAt === null) return <span class="dim">as for all</span>;
  return (
    <span>
      <Text of={changedBy} />{" "}
      <span class="dim">
        <Ago at={changedAt} now={now} />
      </span>
    </span>
  );
}

export type ShareValues = { weight: string; atOnce: string; rateJobs: string; rateSeconds: string };

export function valuesOf({ own: { weight, atOnce, rate } }: Share): ShareValues {
  const text = (value: number | null) => (value === null ? "" : String(value));
  return {
    weight: text(weight),
    atOnce: text(atOnce),
    rateJobs: text(rate?.jobs ?? null),
    rateSeconds: text(rate === null ? null : rate.perMs / 1_000),
  };
}

type SharePageProps = { share: Share; values: ShareValues; errors: readonly FieldError[]; now: Date };

/** What one project may have of a queue. */
export function SharePage({ share, values, errors, now }: SharePageProps) {
  const queuePath = `/queues/${share.queue}`;
  return (
    <>
      <div class="head">
        <div class="head-text">
          <Crumbs
            items={[
              ["/jobs", "Jobs"],
              [queuePath, `Queue ${share.queue}`],
            ]}
          />
          <h1>
            Share of <ProjectName of={share} />
          </h1>
          <p class="meta">
            <span>
              {formatCount(share.running)} running, {formatCount(share.waiting)}
              {share.waiting >= countedMax ? "+" : ""} waiting
            </span>
            <span>
              set by: <Said of={share} now={now} />
            </span>
          </p>
        </div>
        <div class="actions">
          <a class="btn" href={`/jobs?project=${share.projectId}`}>
            Its jobs
          </a>
        </div>
      </div>
      {errors.length > 0 ? <FormErrors title="Nothing was changed" errors={errors} /> : null}
      <form class="form panel panel-pad" method="post" action={pathTo(share)}>
        <div class="fields">
          <TextField
            name="weight"
            label="Jobs that start in one turn"
            type="number"
            value={values.weight}
            errors={errors}
            hint="Projects take turns. Empty: what the plan of its organization says"
            min={1}
            max={100}
          />
          <TextField
            name="atOnce"
            label="Jobs that run at once"
            type="number"
            value={values.atOnce}
            errors={errors}
            hint="On all workers together. Empty: as for all projects"
            min={1}
            max={100_000}
          />
          <TextField
            name="rateJobs"
            label="Jobs that start in a stretch of time"
            path="rate.jobs"
            type="number"
            value={values.rateJobs}
            errors={errors}
            hint="Empty: any number"
            min={1}
            max={1_000}
          />
          <TextField
            name="rateSeconds"
            label="The stretch, in seconds"
            path="rate.perMs"
            type="number"
            value={values.rateSeconds}
            errors={errors}
            hint="1 to 86,400; 60 is a minute"
            min={1}
            max={86_400}
          />
        </div>
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            Change share
          </button>
          <a class="btn btn-quiet" href={queuePath}>
            Cancel
          </a>
        </div>
        <p class="hint">
          The next claim of any worker obeys, for jobs that wait already as well. What runs goes on. Every
          change is written to the audit log.
        </p>
      </form>
    </>
  );
}

function pathTo({ queue, projectId }: Share): string {
  return `/queues/${queue}/shares/${projectId}`;
}
