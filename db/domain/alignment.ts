/** A pair of places, one in each list. */
type Pair = readonly [before: number, after: number];

/**
 * The longest common subsequence of two lists of keys, as pairs of places. What is the same at both ends is paired first, so
 * that two lists that are nearly alike cost little; of what is left between at most `cellsMax` cells are compared.
 */
function commonPairs(before: readonly string[], after: readonly string[]): Pair[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const middle = betweenPairs(
    before.slice(start, before.length - end),
    after.slice(start, after.length - end),
  );
  return [
    ...Array.from({ length: start }, (_, i): Pair => [i, i]),
    ...middle.map(([i, j]): Pair => [i + start, j + start]),
    ...Array.from({ length: end }, (_, i): Pair => [before.length - end + i, after.length - end + i]),
  ];
}

/** 2,000 steps against 2,000, the most that an attempt runs. */
const cellsMax = 4_100_000;

function betweenPairs(before: readonly string[], after: readonly string[]): Pair[] {
  if ((before.length + 1) * (after.length + 1) > cellsMax) return [];
  const width = after.length + 1;
  const lengths = new Uint16Array((before.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: Pair[] = [];
  for (let i = 0, j = 0; i < before.length && j < after.length; ) {
    if (before[i] === after[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}

/** One line of a comparison: places from 0, null where one list has nothing; `same` when both have the same there. */
export type AlignedRow =
  | { before: number; after: number; same: boolean }
  | { before: number; after: null; same: false }
  | { before: null; after: number; same: false };

/**
 * Puts two lists side by side: what has the same key is aligned; between two such places what is of one kind is taken as
 * changed, and the rest stands alone.
 */
export function alignRows<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (item: T) => string,
  kindOf: (item: T) => string,
): AlignedRow[] {
  const kindsBefore = before.map(kindOf);
  const kindsAfter = after.map(kindOf);
  const rows: AlignedRow[] = [];
  let i = 0;
  let j = 0;
  for (const [sameBefore, sameAfter] of [
    ...commonPairs(before.map(keyOf), after.map(keyOf)),
    [before.length, after.length] as const,
  ]) {
    for (; i < sameBefore; i++) {
      const at = kindsAfter.indexOf(kindsBefore[i] ?? "", j);
      if (at < 0 || at >= sameAfter) {
        rows.push({ before: i, after: null, same: false });
        continue;
      }
      for (; j < at; j++) rows.push({ before: null, after: j, same: false });
      rows.push({ before: i, after: j++, same: false });
    }
    for (; j < sameAfter; j++) rows.push({ before: null, after: j, same: false });
    if (sameBefore < before.length) rows.push({ before: sameBefore, after: sameAfter, same: true });
    i = sameBefore + 1;
    j = sameAfter + 1;
  }
  return rows;
}
