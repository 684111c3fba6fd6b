import type { Deadline } from "../deadline.ts";
import type { Realm } from "../documents.ts";
import { releaseObject } from "../frames.ts";
import type { Tab } from "../tab.ts";

/**
 * The number that the recorder of the document around a frame has given to the element that holds it. Null when it has none
 * yet, or when the frame is gone.
 */
export async function ownerIdOf(tab: Tab, frameId: string, deadline: Deadline): Promise<Owner | null> {
  for (const realm of tab.documents.present("engine")) {
    const owner = realm.frameId === frameId ? null : await ownerIn(realm, frameId, deadline);
    if (owner) return owner;
  }
  return null;
}

/** The element of a frame: its number, and the recorder that gave it. */
export type Owner = { document: string; id: number };

/** In the world of the recorder, on the element of a frame; one recorder sees all documents of its own origin. */
const ownerSource = `function () {
  let around = window;
  while (!around.__verdictReplay && around.frameElement) around = around.parent;
  const recorder = around.__verdictReplay;
  return recorder ? { document: recorder.document, id: recorder.idOf(this) } : null;
}`;

/** Only the session and the world of the document around the frame know its element. */
async function ownerIn({ session, id }: Realm, frameId: string, deadline: Deadline): Promise<Owner | null> {
  const late = () => new Error("the element of the frame was not found in time");
  try {
    const { backendNodeId } = await deadline.race(session.send("DOM.getFrameOwner", { frameId }), late);
    const { object } = await deadline.race(
      session.send("DOM.resolveNode", { backendNodeId, executionContextId: id }),
      late,
    );
    if (!object.objectId) return null;
    const { objectId } = object;
    const { result } = await deadline.race(
      session.send("Runtime.callFunctionOn", {
        objectId,
        functionDeclaration: ownerSource,
        returnByValue: true,
      }),
      late,
    );
    releaseObject(session, objectId);
    const owner = result.value as Owner | null;
    return owner && owner.id > 0 ? owner : null;
  } catch {
    // Not of this document, or it has gone: both are answered alike.
    return null;
  }
}
