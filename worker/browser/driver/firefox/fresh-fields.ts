import { isAnswer } from "./connection.ts";
import type { FirefoxSession } from "./session.ts";

/**
 * In the document that is loaded again, before its scripts: Firefox puts into fields what stood in them before. That of an
 * input is there with the element, that of others when their end has been read.
 */
const freshFields = `() => {
  const refresh = (field) => {
    if (field instanceof HTMLSelectElement) {
      for (const option of field.options) if (option.selected !== option.defaultSelected) option.selected = option.defaultSelected;
      return;
    }
    if ("checked" in field && field.checked !== field.defaultChecked) field.checked = field.defaultChecked;
    if (field.type !== "file" && field.value !== field.defaultValue) field.value = field.defaultValue;
  };
  const added = (records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) {
        if (node instanceof HTMLInputElement) refresh(node);
        else if (node instanceof Element) node.querySelectorAll("input").forEach(refresh);
      }
    }
  };
  const observer = new MutationObserver(added);
  observer.observe(document, { childList: true, subtree: true });
  const finish = () => {
    if (document.readyState === "loading") return;
    document.removeEventListener("readystatechange", finish);
    added(observer.takeRecords());
    observer.disconnect();
    document.querySelectorAll("select, textarea").forEach(refresh);
  };
  document.addEventListener("readystatechange", finish);
}`;

/** Puts it into the next document of the page. @returns what takes it away again */
export async function keepFieldsFresh({ connection, page }: FirefoxSession): Promise<() => Promise<void>> {
  const { script } = await connection.send("script.addPreloadScript", {
    functionDeclaration: freshFields,
    contexts: [page.id],
    sandbox: "verdict-fresh",
  });
  return async () => {
    await connection.send("script.removePreloadScript", { script }).catch((error: unknown) => {
      if (!isAnswer(error, "no such script") && !connection.isClosed) throw error;
    });
  };
}
