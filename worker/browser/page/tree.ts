/** The document as one tree: an open shadow root hangs below its host. */

/** The parent in that tree. */
export function parentOf(element: Element): Element | null {
  if (element.parentElement) return element.parentElement;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/** The parent as it is rendered: what stands in a slot is inside of the slot. */
export function renderedParentOf(element: Element): Element | null {
  return element.assignedSlot ?? parentOf(element);
}

export function isInside(element: Element, scope: Element): boolean {
  for (let at: Element | null = element; at; at = parentOf(at)) if (at === scope) return true;
  return false;
}

export function isRenderedInside(element: Element, scope: Element): boolean {
  for (let at: Element | null = element; at; at = renderedParentOf(at)) if (at === scope) return true;
  return false;
}

/** The nearest element upwards, itself included, that matches; across shadow roots. */
export function closest(element: Element, selector: string): Element | null {
  for (let at: Element | null = element; at; at = parentOf(at)) {
    const found = at.closest(selector);
    if (found) return found;
    const root = at.getRootNode();
    if (!(root instanceof ShadowRoot)) return null;
    at = root.host;
    if (at.matches(selector)) return at;
  }
  return null;
}

/** Every open shadow root below the node, outer ones first. `opaque`: a custom element hides what it holds. */
export function shadowRootsBelow(node: Document | ShadowRoot): { roots: ShadowRoot[]; opaque: boolean } {
  const roots: ShadowRoot[] = [];
  let opaque = false;
  const pending: (Document | ShadowRoot)[] = [node];
  for (let at = pending.pop(); at; at = pending.pop()) {
    const elements = at instanceof ShadowRoot ? at.querySelectorAll("*") : at.getElementsByTagName("*");
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i] as Element;
      if (element.shadowRoot) {
        roots.push(element.shadowRoot);
        pending.push(element.shadowRoot);
      } else if (element.localName.includes("-")) opaque = true;
    }
  }
  return { roots, opaque };
}

/** By which of two elements comes first in the tree: a host, what is in its shadow root, then its children. */
export function inOrder(a: Element, b: Element): number {
  if (a === b) return 0;
  const [pathA, pathB] = [pathTo(a), pathTo(b)];
  let i = 0;
  while (pathA[i] === pathB[i] && pathA[i]) i++;
  const [stepA, stepB] = [pathA[i], pathB[i]];
  if (!stepA) return -1;
  if (!stepB) return 1;
  const shadowA = stepA instanceof ShadowRoot;
  if (shadowA !== stepB instanceof ShadowRoot) return shadowA ? -1 : 1;
  return stepA.compareDocumentPosition(stepB) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}

function pathTo(element: Element): Node[] {
  const path: Node[] = [];
  for (let at: Node | null = element; at; at = at instanceof ShadowRoot ? at.host : at.parentNode)
    path.push(at);
  return path.reverse();
}
