import { closest, parentOf } from "./tree.ts";

const ariaRoles = new Set(
  `alert alertdialog application article banner blockquote button caption cell checkbox code columnheader combobox
  complementary contentinfo definition deletion dialog directory document emphasis feed figure form generic grid gridcell
  group heading img insertion link list listbox listitem log main mark marquee math menu menubar menuitem menuitemcheckbox
  menuitemradio meter navigation none note option paragraph presentation progressbar radio radiogroup region row rowgroup
  rowheader scrollbar search searchbox separator slider spinbutton status strong subscript suggestion superscript switch tab
  table tablist tabpanel term textbox time timer toolbar tooltip tree treegrid treeitem`.split(/\s+/),
);

/** The elements that may have a role without an attribute, as a selector, so that a search need not ask all elements. */
const nativeElements: Readonly<Record<string, string>> = {
  article: "article",
  banner: "header",
  blockquote: "blockquote",
  button: "button,input,summary",
  caption: "caption",
  cell: "td",
  checkbox: "input",
  code: "code",
  columnheader: "th",
  combobox: "select,input",
  complementary: "aside",
  contentinfo: "footer",
  definition: "dd",
  deletion: "del,s",
  dialog: "dialog",
  document: "html",
  emphasis: "em",
  figure: "figure",
  form: "form",
  gridcell: "td",
  group: "details,fieldset,optgroup,hgroup,address",
  heading: "h1,h2,h3,h4,h5,h6",
  img: "img,svg",
  insertion: "ins",
  link: "a,area",
  list: "ul,ol,menu",
  listbox: "select,datalist",
  listitem: "li",
  main: "main",
  mark: "mark",
  math: "math",
  meter: "meter",
  navigation: "nav",
  option: "option",
  paragraph: "p",
  presentation: "img",
  progressbar: "progress",
  radio: "input",
  region: "section",
  row: "tr",
  rowgroup: "tbody,thead,tfoot",
  rowheader: "th",
  search: "search",
  searchbox: "input",
  separator: "hr",
  slider: "input",
  spinbutton: "input",
  status: "output",
  strong: "strong",
  subscript: "sub",
  superscript: "sup",
  switch: "input",
  table: "table",
  term: "dfn,dt",
  textbox: "input,textarea",
  time: "time",
};

export function canonicalRole(role: string): string {
  if (role === "image") return "img";
  return role === "none" ? "presentation" : role;
}

/** A selector for everything that may have the role. */
export function roleCandidates(role: string): string {
  const native = nativeElements[role];
  return native === undefined ? "[role]" : `${native},[role]`;
}

/** The role as assistive technology sees it; null where there is none to speak of. */
export function roleOf(element: Element): string | null {
  const explicit = (element.getAttribute("role") ?? "")
    .toLowerCase()
    .split(/\s+/)
    .map(canonicalRole)
    .find((role) => ariaRoles.has(role));
  if (explicit && explicit !== "presentation") return explicit;
  const implicit = implicitRole(element);
  if (explicit) return isPresentationIgnored(element) ? implicit : explicit;
  return implicit !== null && inheritsPresentation(element) ? "presentation" : implicit;
}

/** Who can take the focus or has a global ARIA attribute can't be presentational. */
function isPresentationIgnored(element: Element): boolean {
  return (
    ["aria-label", "aria-labelledby", "aria-describedby", "aria-live", "aria-owns", "aria-controls"].some(
      (name) => element.hasAttribute(name),
    ) || element.matches("a[href],button:enabled,input:enabled,select:enabled,textarea:enabled,[tabindex]")
  );
}

const presentationalParents: Readonly<Record<string, string>> = {
  li: "ul,ol,menu",
  td: "table",
  th: "table",
  tr: "table",
  tbody: "table",
  thead: "table",
  tfoot: "table",
  caption: "table",
};

/** The parts of a list or a table that is presentational are so too. */
function inheritsPresentation(element: Element): boolean {
  const selector = presentationalParents[element.localName];
  if (selector === undefined || element.hasAttribute("role")) return false;
  const owner = selector === "table" ? element.closest("table") : element.parentElement;
  return (
    owner?.matches(selector) === true && /^\s*(none|presentation)\b/.test(owner.getAttribute("role") ?? "")
  );
}

const simpleRoles: Readonly<Record<string, string>> = {
  article: "article",
  aside: "complementary",
  blockquote: "blockquote",
  button: "button",
  caption: "caption",
  code: "code",
  datalist: "listbox",
  dd: "definition",
  del: "deletion",
  s: "deletion",
  details: "group",
  dfn: "term",
  dialog: "dialog",
  dt: "term",
  em: "emphasis",
  fieldset: "group",
  figure: "figure",
  h1: "heading",
  h2: "heading",
  h3: "heading",
  h4: "heading",
  h5: "heading",
  h6: "heading",
  hgroup: "group",
  address: "group",
  hr: "separator",
  html: "document",
  ins: "insertion",
  li: "listitem",
  main: "main",
  mark: "mark",
  math: "math",
  menu: "list",
  meter: "meter",
  nav: "navigation",
  ol: "list",
  optgroup: "group",
  option: "option",
  output: "status",
  p: "paragraph",
  progress: "progressbar",
  search: "search",
  strong: "strong",
  sub: "subscript",
  sup: "superscript",
  svg: "img",
  table: "table",
  tbody: "rowgroup",
  textarea: "textbox",
  tfoot: "rowgroup",
  thead: "rowgroup",
  time: "time",
  tr: "row",
  ul: "list",
};

const sectioning =
  "article,aside,main,nav,section,[role=article],[role=complementary],[role=main],[role=navigation],[role=region]";

function implicitRole(element: Element): string | null {
  switch (element.localName) {
    case "a":
    case "area":
      return element.hasAttribute("href") ? "link" : null;
    case "footer":
      return isSectioned(element) ? null : "contentinfo";
    case "header":
      return isSectioned(element) ? null : "banner";
    case "form":
      return isNamed(element) ? "form" : null;
    case "section":
      return isNamed(element) ? "region" : null;
    case "img":
      return element.getAttribute("alt") === "" && !isNamed(element) ? "presentation" : "img";
    case "input":
      return inputRole(element as HTMLInputElement);
    case "select":
      return (element as HTMLSelectElement).multiple || (element as HTMLSelectElement).size > 1
        ? "listbox"
        : "combobox";
    case "summary":
      return element.parentElement?.localName === "details" ? "button" : null;
    case "td":
      return inGrid(element) ? "gridcell" : "cell";
    case "th":
      return headerRole(element);
    default:
      return simpleRoles[element.localName] ?? null;
  }
}

function isSectioned(element: Element): boolean {
  const parent = parentOf(element);
  return parent !== null && closest(parent, sectioning) !== null;
}

function isNamed(element: Element): boolean {
  return ["aria-label", "aria-labelledby", "title"].some(
    (name) => (element.getAttribute(name) ?? "").trim() !== "",
  );
}

function inGrid(element: Element): boolean {
  return /^(grid|treegrid)$/.test(element.closest("table")?.getAttribute("role") ?? "");
}

function headerRole(element: Element): string {
  const scope = element.getAttribute("scope");
  if (scope === "row" || scope === "rowgroup") return "rowheader";
  if (scope === "col" || scope === "colgroup") return "columnheader";
  const row = element.parentElement;
  const isFirstBesideCells = row?.firstElementChild === element && row.querySelector(":scope > td") !== null;
  return isFirstBesideCells && element.closest("thead") === null ? "rowheader" : "columnheader";
}

const inputRoles: Readonly<Record<string, string>> = {
  button: "button",
  image: "button",
  reset: "button",
  submit: "button",
  file: "button",
  radio: "radio",
  number: "spinbutton",
  range: "slider",
};

/** A password field has no role by the book; here it is a textbox, as browsers expose it. */
function inputRole(input: HTMLInputElement): string | null {
  if (input.type === "hidden") return null;
  if (input.type === "checkbox") return input.hasAttribute("switch") ? "switch" : "checkbox";
  const simple = inputRoles[input.type];
  if (simple !== undefined) return simple;
  const offersList = input.hasAttribute("list") && /^(search|email|tel|text|url)$/.test(input.type);
  if (offersList) return "combobox";
  return input.type === "search" ? "searchbox" : "textbox";
}
