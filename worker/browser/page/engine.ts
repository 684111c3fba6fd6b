import { perform } from "./acts.ts";
import { Changes } from "./changes.ts";
import { judge } from "./conditions.ts";
import type { PageEngine, PageLocator, PageReply, PageRequest } from "./contract.ts";
import { failed, InvalidRequest, Observations, type Outcome } from "./fault.ts";
import { boxOf } from "./hit.ts";
import { locate } from "./locate.ts";
import { boxesOf, pointAt } from "./pointing.ts";
import { forgetPress, missedPress } from "./press-guard.ts";
import { Glance } from "./query.ts";
import { Resolver } from "./resolve.ts";
import { SecretFields } from "./secrets.ts";
import { Stills } from "./stills.ts";
import { waitUntil } from "./wait.ts";

/** The engine of one document. It answers every request: with what was done or found, or with a failure that explains itself. */
export function createEngine(): PageEngine {
  const changes = new Changes();
  changes.listen();
  const elements = new Map<string, Element>();
  const secrets = new SecretFields();
  const stills = new Stills(secrets);
  let named = 0;
  const keep = (element: Element) => {
    const token = `e${++named}`;
    elements.set(token, element);
    return token;
  };
  return {
    elements,
    secrets,
    pointAt(x, y) {
      elements.clear();
      changes.listen();
      return pointAt(new Glance(changes), x, y, keep);
    },
    boxesOf(parts) {
      changes.listen();
      return boxesOf(new Glance(changes), parts);
    },
    find(parts) {
      changes.listen();
      return locate(new Glance(changes), parts);
    },
    changeSince(moment, waitMs) {
      changes.listen();
      return changes.lastAt > moment ? Promise.resolve() : changes.next(waitMs);
    },
    async still(masked, masksMax) {
      changes.listen();
      await stills.begin();
      const glance = new Glance(changes);
      return masked
        .flatMap((parts) => locate(glance, parts))
        .slice(0, masksMax)
        .map(boxOf);
    },
    move: () => stills.end(),
    missed: missedPress,
    async run(request) {
      elements.clear();
      forgetPress();
      changes.listen();
      return answer(request, changes, secrets, keep);
    },
  };
}

async function answer(
  request: PageRequest,
  changes: Changes,
  secrets: SecretFields,
  keep: (element: Element) => string,
): Promise<PageReply> {
  const { timeoutMs, statedMs = timeoutMs, want } = request;
  const began = performance.now();
  const deadline = began + timeoutMs;
  const observations = new Observations(began);
  const resolver = new Resolver(scrollsPage(request) ? wholePage : request.locators, timeoutMs);
  let round = 0;
  let looks = 0;
  const look = (isLast: boolean): Outcome | Promise<Outcome> => {
    const glance = new Glance(changes);
    const hasWaited = looks++ > 0;
    if (want.kind !== "act") return judge(want, { glance, resolver, isLast, keep });
    const found = resolver.one(glance, isLast);
    if ("fault" in found) return found;
    return perform(want, { changes, secrets, found, hasWaited, round: round++, deadline, keep });
  };
  try {
    const outcome = await waitUntil(changes, deadline, look, (fault) =>
      observations.note(fault.seen ?? fault.message),
    );
    if ("success" in outcome) return outcome.success;
    observations.note(outcome.fault.seen ?? outcome.fault.message);
    return failed(outcome.fault, observations, statedMs, resolver.last);
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    return failed({ code: error.code, message: error.message, isFinal: true }, observations, statedMs);
  }
}

/** A scroll without a target is one of the page. */
function scrollsPage({ locators, want }: PageRequest): boolean {
  return locators.length === 0 && want.kind === "act" && want.act.type === "scrollTo";
}

const wholePage: readonly PageLocator[] = [
  { index: 0, source: "css=:root", parts: [{ kind: "css", selector: ":root" }] },
];
