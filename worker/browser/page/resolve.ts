import type { PageLocator } from "./contract.ts";
import { explainMiss, listMatches } from "./describe.ts";
import type { Fault } from "./fault.ts";
import { locate } from "./locate.ts";
import type { Glance } from "./query.ts";

const settleMsMax = 300;

export type Found = { locator: PageLocator; element: Element };

/**
 * Finds the one element of a step. The preferred locator is taken as soon as it matches exactly one; one behind it only when
 * those before it match none or several and it has pointed to the same element for a while, so that a page that is still
 * being built gets its chance.
 */
export class Resolver {
  readonly locators: readonly PageLocator[];
  readonly #settleMs: number;
  #candidate: { found: Found; since: number } | null = null;
  #last: Found | null = null;

  constructor(locators: readonly PageLocator[], timeoutMs: number) {
    this.locators = locators;
    this.#settleMs = Math.min(settleMsMax, timeoutMs / 4);
  }

  /** The element that was found at the last look; null when it was not there, or was not the only one. */
  get last(): Found | null {
    return this.#last;
  }

  /** `isLast`: time is up, a candidate need not wait longer. */
  one(glance: Glance, isLast: boolean): Found | { fault: Fault } {
    const found = this.#one(glance, isLast);
    this.#last = "fault" in found ? null : found;
    return found;
  }

  #one(glance: Glance, isLast: boolean): Found | { fault: Fault } {
    let several: { locator: PageLocator; elements: Element[] } | null = null;
    for (const [rank, locator] of this.locators.entries()) {
      const elements = locate(glance, locator.parts);
      const [element] = elements;
      if (!element) continue;
      if (elements.length > 1) several ??= { locator, elements };
      else if (rank === 0 || this.#hasSettled({ locator, element }) || isLast) return { locator, element };
      else return { fault: settling(locator) };
    }
    this.#candidate = null;
    return { fault: several ? ambiguous(glance, several) : missing(glance, this.locators) };
  }

  /** The first locator that matches anything, with all its matches. */
  all(glance: Glance): { locator: PageLocator | null; elements: Element[] } {
    for (const locator of this.locators) {
      const elements = locate(glance, locator.parts);
      if (elements.length > 0) return { locator, elements };
    }
    return { locator: null, elements: [] };
  }

  #hasSettled(found: Found): boolean {
    const now = performance.now();
    const before = this.#candidate;
    const isSame = before?.found.element === found.element && before.found.locator === found.locator;
    if (!isSame) this.#candidate = { found, since: now };
    return now - (this.#candidate?.since ?? now) >= this.#settleMs;
  }
}

/** How messages call the target. */
export function sourceOf(locators: readonly PageLocator[]): string {
  const [preferred] = locators;
  if (!preferred) return "the page";
  const more = locators.length - 1;
  return more > 0 ? `${preferred.source} (or ${more} more)` : preferred.source;
}

function settling(locator: PageLocator): Fault {
  return {
    code: "target-not-found",
    message: `${locator.source} matches one element, not yet for long enough`,
    seen: `${locator.source} matches 1 element; those before it match none or several`,
  };
}

function ambiguous(glance: Glance, several: { locator: PageLocator; elements: Element[] }): Fault {
  const { locator, elements } = several;
  return {
    code: "ambiguous-target",
    message: `${locator.source} matches ${elements.length} elements; a step needs exactly one`,
    seen: `${locator.source} matches ${elements.length} elements`,
    explain: () => listMatches(glance, locator, elements),
  };
}

export function missing(glance: Glance, locators: readonly PageLocator[]): Fault {
  const [preferred] = locators;
  const message =
    locators.length === 1 && preferred
      ? `no element matches ${preferred.source}`
      : `no element matches any of ${locators.map((locator) => locator.source).join(", ")}`;
  return {
    code: "target-not-found",
    message,
    seen: "no element matches",
    explain: () => explainMiss(glance, locators),
  };
}
