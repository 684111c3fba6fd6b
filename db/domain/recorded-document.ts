/**
 * The document of a tab at a moment of its recording (`worker/browser/replay/replay.ts`), built from the events of rrweb: what was
 * there at first, and each change of the tree after it. Everything in it came from a page; it is only read.
 */
export type RecordedNode = {
  id: number;
  /** Lower case; empty for what is no element. */
  tag: string;
  attributes: Map<string, string>;
  text: string;
  children: RecordedNode[];
  parent: RecordedNode | null;
  /** Of a field, as a person sees it. */
  value: string | null;
  isChecked: boolean | null;
};

const firstMsMax = 2_000;

type Plain = Record<string, unknown>;

/** The document at a time in epoch milliseconds, of the tab in which something happened last until then; null without any. */
export function documentAt(recording: string, at: number): RecordedNode | null {
  const tabs = new Map<number, { document: Changing; last: number }>();
  for (const line of recording.split("\n")) {
    const said = parsed(line);
    const event = said && plain(said.e);
    if (!said || !event || typeof said.tab !== "number" || typeof event.timestamp !== "number") continue;
    const tab = tabs.get(said.tab) ?? { document: new Changing(), last: 0 };
    tabs.set(said.tab, tab);
    // A page is recorded a moment after it is there: a step that only opened it has ended by then.
    const isFirst = tab.document.root === null && event.type === 2 && event.timestamp <= at + firstMsMax;
    if (event.timestamp > at && !isFirst) continue;
    tab.document.apply(event);
    tab.last = Math.max(tab.last, event.timestamp);
  }
  const shown = [...tabs.values()].filter(({ document }) => document.root !== null);
  return shown.toSorted((a, b) => b.last - a.last)[0]?.document.root ?? null;
}

class Changing {
  root: RecordedNode | null = null;
  #nodes = new Map<number, RecordedNode>();

  apply({ type, data }: Plain): void {
    const said = plain(data);
    if (!said) return;
    if (type === 2) {
      this.#nodes.clear();
      this.root = this.#build(said.node, null);
    } else if (type === 3 && said.source === 0) this.#mutate(said);
    else if (type === 3 && said.source === 5) this.#input(said);
  }

  #mutate(data: Plain): void {
    for (const { id } of list(data.removes)) this.#remove(id);
    for (const add of list(data.adds)) this.#add(add);
    for (const { id, value } of list(data.texts)) {
      const node = this.#node(id);
      if (node && typeof value === "string") node.text = value;
    }
    for (const { id, attributes } of list(data.attributes)) {
      const node = this.#node(id);
      for (const [name, value] of Object.entries(plain(attributes) ?? {})) {
        if (node) set(node, name, value);
      }
    }
  }

  #add({ parentId, nextId, node }: Plain): void {
    const parent = this.#node(parentId);
    const built = parent && this.#build(node, parent);
    if (!parent || !built) return;
    const next = typeof nextId === "number" ? parent.children.findIndex(({ id }) => id === nextId) : -1;
    if (next >= 0) parent.children.splice(next, 0, built);
    else parent.children.push(built);
  }

  #remove(id: unknown): void {
    const node = this.#node(id);
    if (!node) return;
    if (node.parent) node.parent.children = node.parent.children.filter((child) => child !== node);
    this.#nodes.delete(node.id);
  }

  #input({ id, text, isChecked }: Plain): void {
    const node = this.#node(id);
    if (!node) return;
    if (typeof text === "string") node.value = text;
    node.isChecked = isChecked === true;
  }

  #node(id: unknown): RecordedNode | undefined {
    return typeof id === "number" ? this.#nodes.get(id) : undefined;
  }

  #build(value: unknown, parent: RecordedNode | null): RecordedNode | null {
    const said = plain(value);
    if (!said || typeof said.id !== "number") return null;
    const node: RecordedNode = {
      id: said.id,
      tag: typeof said.tagName === "string" ? said.tagName.toLowerCase() : "",
      attributes: new Map(),
      text: said.type === 3 && typeof said.textContent === "string" ? said.textContent : "",
      children: [],
      parent,
      value: null,
      isChecked: null,
    };
    for (const [name, item] of Object.entries(plain(said.attributes) ?? {})) set(node, name, item);
    this.#nodes.set(node.id, node);
    for (const child of list(said.childNodes)) {
      const built = this.#build(child, node);
      if (built) node.children.push(built);
    }
    return node;
  }
}

function set({ attributes }: RecordedNode, name: string, value: unknown): void {
  if (typeof value === "string" || typeof value === "number") attributes.set(name, String(value));
  else if (value === true) attributes.set(name, "");
  else attributes.delete(name);
}

function parsed(line: string): Plain | null {
  if (!line.startsWith('{"tab"')) return null;
  try {
    return plain(JSON.parse(line));
  } catch {
    return null;
  }
}

function plain(value: unknown): Plain | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : null;
}

function list(value: unknown): Plain[] {
  return Array.isArray(value) ? value.map(plain).filter((item) => item !== null) : [];
}
