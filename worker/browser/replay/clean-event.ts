import {
  attributesOf,
  type Cleaner,
  cleanNode,
  isPlain,
  listOf,
  numberOf,
  type Plain,
  textOf,
} from "./clean.ts";

const changesMax = 50_000;
const positionsMax = 500;
const rulesMax = 20_000;

type Change = (cleaner: Cleaner, data: Plain) => Plain | null;

/** What is kept of each source of change, by rrweb's numbers; media, canvas, fonts and what else there may be are not. */
const changes: Readonly<Record<number, Change>> = {
  0: mutation,
  1: moves,
  2: interaction,
  3: scroll,
  4: (_, data) => ({ source: 4, width: numberOf(data.width), height: numberOf(data.height) }),
  5: input,
  6: moves,
  8: sheetRules,
  12: moves,
  13: declaration,
  14: selection,
  15: adopted,
};

/**
 * An event as rrweb's player takes it, made anew from what a document said: only what is known, in its own type, texts masked.
 * Null when it is none, or of a kind that is not kept.
 */
export function cleanEvent(cleaner: Cleaner, event: Plain): Plain | null {
  const data = isPlain(event.data) ? event.data : {};
  const clean = dataOf(cleaner, event.type, data);
  return clean ? { type: event.type, data: clean } : null;
}

function dataOf(cleaner: Cleaner, type: unknown, data: Plain): Plain | null {
  switch (type) {
    case 0:
    case 1:
      return {};
    case 2: {
      const node = cleanNode(cleaner, data.node);
      if (node?.type !== 0) return null;
      const offset = isPlain(data.initialOffset) ? data.initialOffset : {};
      return { node, initialOffset: { left: numberOf(offset.left), top: numberOf(offset.top) } };
    }
    case 3: {
      const change = typeof data.source === "number" ? changes[data.source] : undefined;
      return change?.(cleaner, data) ?? null;
    }
    case 4:
      return {
        href: textOf(cleaner, data.href).slice(0, 2_000),
        width: Math.max(1, Math.min(10_000, numberOf(data.width, 800))),
        height: Math.max(1, Math.min(10_000, numberOf(data.height, 600))),
      };
    default:
      return null;
  }
}

function mutation(cleaner: Cleaner, data: Plain): Plain {
  return {
    source: 0,
    texts: each(data.texts, (text) => {
      const id = cleaner.id(text.id);
      return id === null ? null : { id, value: text.value === null ? null : textOf(cleaner, text.value) };
    }),
    attributes: each(data.attributes, (change) => {
      const id = cleaner.id(change.id);
      if (id === null || !isPlain(change.attributes)) return null;
      return { id, attributes: attributesOf(cleaner, "", change.attributes) };
    }),
    removes: each(data.removes, (remove) => {
      const id = cleaner.id(remove.id);
      const parentId = cleaner.id(remove.parentId);
      if (id === null || parentId === null) return null;
      return { id, parentId, ...(remove.isShadow === true ? { isShadow: true } : {}) };
    }),
    adds: each(data.adds, (add) => {
      const parentId = cleaner.id(add.parentId);
      const node = cleanNode(cleaner, add.node);
      if (parentId === null || node === null) return null;
      const previousId = add.previousId === undefined ? {} : { previousId: cleaner.id(add.previousId) };
      return { parentId, nextId: cleaner.id(add.nextId), ...previousId, node };
    }),
    ...(data.isAttachIframe === true ? { isAttachIframe: true } : {}),
  };
}

function moves(cleaner: Cleaner, data: Plain): Plain {
  const positions = each(data.positions, (position) => {
    const id = cleaner.id(position.id);
    if (id === null) return null;
    const { x, y, timeOffset } = position;
    return {
      id,
      x: numberOf(x),
      y: numberOf(y),
      timeOffset: Math.max(-10_000, Math.min(0, numberOf(timeOffset))),
    };
  });
  return { source: data.source, positions: positions.slice(0, positionsMax) };
}

function interaction(cleaner: Cleaner, data: Plain): Plain | null {
  const id = cleaner.id(data.id);
  if (id === null || typeof data.type !== "number" || data.type < 0 || data.type > 10) return null;
  const place = data.x === undefined ? {} : { x: numberOf(data.x), y: numberOf(data.y) };
  const pointerType = typeof data.pointerType === "number" ? { pointerType: numberOf(data.pointerType) } : {};
  return { source: 2, type: Math.trunc(data.type), id, ...place, ...pointerType };
}

function scroll(cleaner: Cleaner, data: Plain): Plain | null {
  const id = cleaner.id(data.id);
  return id === null ? null : { source: 3, id, x: numberOf(data.x), y: numberOf(data.y) };
}

function input(cleaner: Cleaner, data: Plain): Plain | null {
  const id = cleaner.id(data.id);
  return id === null
    ? null
    : { source: 5, id, text: textOf(cleaner, data.text), isChecked: data.isChecked === true };
}

/** A sheet is named by its element, or by a number of its own when it has none. */
function sheetOf(cleaner: Cleaner, data: Plain): Plain | null {
  const id = cleaner.id(data.id);
  if (id !== null) return { id };
  const styleId = cleaner.id(data.styleId);
  return styleId === null ? null : { styleId };
}

function sheetRules(cleaner: Cleaner, data: Plain): Plain | null {
  const sheet = sheetOf(cleaner, data);
  if (!sheet) return null;
  const replaced =
    typeof data.replaceSync === "string" ? { replaceSync: textOf(cleaner, data.replaceSync) } : {};
  return {
    source: 8,
    ...sheet,
    adds: each(data.adds, (add) => ruleOf(cleaner, add)),
    removes: each(data.removes, (remove) => ({ index: indexOf(remove.index) })),
    ...replaced,
  };
}

function ruleOf(cleaner: Cleaner, add: Plain): Plain {
  return {
    rule: textOf(cleaner, add.rule),
    ...(add.index === undefined ? {} : { index: indexOf(add.index) }),
  };
}

function indexOf(value: unknown): number | number[] {
  if (Array.isArray(value)) return value.slice(0, 20).map((item) => Math.trunc(numberOf(item)));
  return Math.trunc(numberOf(value));
}

function declaration(cleaner: Cleaner, data: Plain): Plain | null {
  const sheet = sheetOf(cleaner, data);
  if (!sheet) return null;
  const { set, remove } = data;
  const change: Plain = {};
  if (isPlain(set)) {
    change.set = {
      property: textOf(cleaner, set.property).slice(0, 200),
      value: set.value === null ? null : textOf(cleaner, set.value),
      priority: set.priority === "important" ? "important" : "",
    };
  }
  if (isPlain(remove)) change.remove = { property: textOf(cleaner, remove.property).slice(0, 200) };
  return { source: 13, ...sheet, index: listOf(indexOf(data.index), 20), ...change };
}

function selection(cleaner: Cleaner, data: Plain): Plain {
  const ranges = each(data.ranges, (range) => {
    const start = cleaner.id(range.start);
    const end = cleaner.id(range.end);
    if (start === null || end === null) return null;
    return { start, end, startOffset: numberOf(range.startOffset), endOffset: numberOf(range.endOffset) };
  });
  return { source: 14, ranges: ranges.slice(0, 10) };
}

function adopted(cleaner: Cleaner, data: Plain): Plain | null {
  const id = cleaner.id(data.id);
  if (id === null) return null;
  const styles = each(data.styles, (style) => {
    const styleId = cleaner.id(style.styleId);
    if (styleId === null) return null;
    return { styleId, rules: each(style.rules, (rule) => ruleOf(cleaner, rule)).slice(0, rulesMax) };
  });
  const styleIds = listOf(data.styleIds, 500)
    .map((styleId) => cleaner.id(styleId))
    .filter((styleId) => styleId !== null);
  return { source: 15, id, styleIds, ...(styles.length > 0 ? { styles } : {}) };
}

function each(value: unknown, clean: (item: Plain) => Plain | null): Plain[] {
  const items: Plain[] = [];
  for (const item of listOf(value, changesMax)) {
    const kept = isPlain(item) ? clean(item) : null;
    if (kept) items.push(kept);
  }
  return items;
}
