/** What a document may say of itself; `text` masks and cuts. */
export type Cleaner = {
  text(value: string): string;
  /** Numbers of one recorder are moved out of the way of those of others. */
  id(value: unknown): number | null;
  /** The number of the document that nodes belong to, when it is not the tab's own. */
  rootId: number | null;
  nodesLeft: number;
};

export type Plain = Record<string, unknown>;

const depthMax = 400;
const attributesMax = 100;
/** Pictures that are written into the document itself. */
const dataUrlCharsMax = 300_000;
const numberMax = 1e9;

/** Nothing that runs, loads, navigates or embeds is kept; such an element stays as an empty one, so that the numbers fit. */
const emptied = new Set([
  "script",
  "base",
  "object",
  "embed",
  "applet",
  "frameset",
  "frame",
  "portal",
  "template",
  "noscript",
]);
const droppedAttributes = new Set([
  ...[
    "srcdoc",
    "srcset",
    "imagesrcset",
    "sandbox",
    "csp",
    "allow",
    "nonce",
    "integrity",
    "http-equiv",
    "ping",
    "loading",
  ],
  ...[
    "action",
    "formaction",
    "target",
    "manifest",
    "codebase",
    "classid",
    "archive",
    "autofocus",
    "name",
    "is",
  ],
  ...["rel", "as", "download", "rr_mediastate"],
]);
const addressAttributes = new Set([
  "src",
  "href",
  "xlink:href",
  "poster",
  "background",
  "data",
  "rr_dataurl",
  "rr_src",
]);

export function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function numberOf(value: unknown, otherwise = 0): number {
  if (typeof value !== "number" || !Number.isFinite(value)) return otherwise;
  return Math.max(-numberMax, Math.min(numberMax, value));
}

export function listOf(value: unknown, max: number): unknown[] {
  return Array.isArray(value) ? value.slice(0, max) : [];
}

/** A node and what is in it; null when it is no node, or when there are too many. */
export function cleanNode(cleaner: Cleaner, value: unknown, depth = 0): Plain | null {
  if (!isPlain(value) || depth > depthMax || --cleaner.nodesLeft < 0) return null;
  const id = cleaner.id(value.id);
  if (id === null) return null;
  const content = contentOf(cleaner, value, depth);
  if (content === null) return null;
  const rootId = cleaner.id(value.rootId) ?? (content.type === 0 ? null : cleaner.rootId);
  return {
    ...content,
    id,
    ...(rootId === null || rootId === id ? {} : { rootId }),
    ...(value.isShadow === true ? { isShadow: true } : {}),
    ...(value.isShadowHost === true ? { isShadowHost: true } : {}),
  };
}

function contentOf(cleaner: Cleaner, node: Plain, depth: number): Plain | null {
  switch (node.type) {
    case 0: {
      const isBack = node.compatMode === "BackCompat";
      return {
        type: 0,
        childNodes: childrenOf(cleaner, node, depth),
        ...(isBack ? { compatMode: "BackCompat" } : {}),
      };
    }
    case 1:
      return { type: 1, name: "html", publicId: "", systemId: "" };
    case 2:
      return elementOf(cleaner, node, depth);
    case 3:
      return { type: 3, textContent: textOf(cleaner, node.textContent) };
    case 4:
    case 5:
      return { type: 5, textContent: "" };
    default:
      return null;
  }
}

function elementOf(cleaner: Cleaner, node: Plain, depth: number): Plain {
  const name = typeof node.tagName === "string" ? node.tagName : "";
  const tagName = /^[a-z][\w:.-]{0,60}$/i.test(name) ? name : "span";
  const tag = tagName.toLowerCase();
  const given = isPlain(node.attributes) ? node.attributes : {};
  if (emptied.has(tag) || tag.endsWith(":script")) {
    return { type: 2, tagName: "noscript", attributes: {}, childNodes: [] };
  }
  return {
    type: 2,
    tagName,
    attributes: attributesOf(cleaner, tag, given),
    childNodes: childrenOf(cleaner, node, depth),
    ...(node.isSVG === true ? { isSVG: true } : {}),
    ...(node.needBlock === true ? { needBlock: true } : {}),
    ...(node.isCustom === true && /^[a-z][\w.]*-[\w.-]*$/.test(tagName) ? { isCustom: true } : {}),
  };
}

function childrenOf(cleaner: Cleaner, node: Plain, depth: number): Plain[] {
  if (!Array.isArray(node.childNodes)) return [];
  const children: Plain[] = [];
  for (const child of node.childNodes) {
    const clean = cleanNode(cleaner, child, depth + 1);
    if (clean) children.push(clean);
  }
  return children;
}

/** Attributes of an element, or changes of some of them; `tag` is empty where it is not known. */
export function attributesOf(cleaner: Cleaner, tag: string, given: Plain): Plain {
  const clean: Plain = Object.create(null);
  let count = 0;
  for (const [key, value] of Object.entries(given)) {
    const name = key.toLowerCase();
    if (!/^[\w:.@-]{1,100}$/.test(key) || name.startsWith("on") || droppedAttributes.has(name)) continue;
    if (name === "__proto__" || ++count > attributesMax) continue;
    if (addressAttributes.has(name)) {
      const address = addressOf(cleaner, tag, name, value);
      if (address) clean[address.name] = address.value;
    } else if (typeof value === "string") clean[key] = textOf(cleaner, value);
    else if (typeof value === "number") clean[key] = numberOf(value);
    else if (value === true || value === false || value === null) clean[key] = value;
    else if (name === "style" && isPlain(value)) clean[key] = styleOf(cleaner, value);
  }
  return clean;
}

/**
 * Pictures written into the document stay, as do links into the drawing. Of other addresses of pictures only the text is kept,
 * under a name that loads nothing; links lead nowhere.
 */
function addressOf(
  cleaner: Cleaner,
  tag: string,
  name: string,
  value: unknown,
): { name: string; value: string } | null {
  if (typeof value !== "string") return null;
  if (/^data:image\/(?:png|jpeg|gif|webp|avif|bmp|x-icon|svg\+xml)[;,]/i.test(value)) {
    return value.length <= dataUrlCharsMax ? { name, value: cleaner.text(value) } : null;
  }
  if (name.endsWith("href")) {
    if (/^#[\w.:-]{1,200}$/.test(value)) return { name, value };
    return tag === "a" || tag === "area" ? { name, value: "#" } : null;
  }
  const isPicture = name === "src" && (tag === "img" || tag === "input" || tag === "");
  if (isPicture && /^https?:/i.test(value))
    return { name: "data-verdict-src", value: textOf(cleaner, value.slice(0, 4_000)) };
  return null;
}

/** Changes of single properties: `[value, priority]`, a value, or false for one that was taken away. */
function styleOf(cleaner: Cleaner, given: Plain): Plain {
  const clean: Plain = Object.create(null);
  for (const [key, value] of Object.entries(given).slice(0, attributesMax)) {
    if (!/^[\w-]{1,100}$/.test(key) || key === "__proto__") continue;
    if (value === false) clean[key] = false;
    else if (typeof value === "string") clean[key] = textOf(cleaner, value);
    else if (Array.isArray(value)) {
      clean[key] = [textOf(cleaner, value[0]), value[1] === "important" ? "important" : ""];
    }
  }
  return clean;
}

export function textOf(cleaner: Cleaner, value: unknown): string {
  return typeof value === "string" ? cleaner.text(value) : "";
}
