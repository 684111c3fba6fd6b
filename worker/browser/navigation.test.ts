import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { Deadline } from "./deadline.ts";
import type { DriverPage } from "./driver/driver.ts";
import type { Session } from "./driver/session.ts";
import { AttemptFault, StepFailure } from "./failure.ts";
import { navigateBy, networkLoss, openAddress } from "./navigation.ts";
import { Tab } from "./tab.ts";

/** A browser whose network fails as we want it to: a real one can't be made to lose the network of its machine. */
async function openTab(errorText: string) {
  const emitter = new EventEmitter();
  const answers: Record<string, unknown> = {
    "Page.getFrameTree": { frameTree: { frame: { id: "main", loaderId: "0", url: "about:blank" } } },
    "Page.navigate": { errorText },
  };
  const session = Object.assign(emitter, {
    detached: false,
    send: async (name: string) => answers[name] ?? {},
  });
  const page = { openSession: async () => session as unknown as Session, onClose: () => undefined };
  const tab = await Tab.open(page as unknown as DriverPage, () => []);
  /** The main frame loads a document that can't be had. */
  const showErrorPage = () => {
    emitter.emit("Page.frameStartedNavigating", { frameId: "main", navigationType: "differentDocument" });
    emitter.emit("Network.loadingFailed", { type: "Document", errorText });
    const frame = {
      loaderId: "1",
      url: "chrome-error://chromewebdata/",
      unreachableUrl: "http://shop.test/",
    };
    emitter.emit("Page.frameNavigated", { frame });
    emitter.emit("Page.loadEventFired", {});
  };
  return { tab, showErrorPage };
}

const patient = () => new Deadline(60_000, new AbortController().signal);

test("a network of ours that changes or goes away is no failure of the test", async () => {
  for (const error of ["ERR_NETWORK_CHANGED", "ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_IO_SUSPENDED"]) {
    const { tab, showErrorPage } = await openTab(`net::${error}`);
    await assert.rejects(openAddress(tab, "http://shop.test/", "load", patient()), (thrown) => {
      assert.ok(thrown instanceof AttemptFault);
      assert.equal(thrown.code, "network-lost");
      assert.match(thrown.message, new RegExp(`^could not open http://shop\\.test/: .* \\(net::${error}, `));
      return true;
    });
    await assert.rejects(
      navigateBy(tab, async () => showErrorPage(), patient()),
      (thrown) => thrown instanceof AttemptFault && thrown.code === "network-lost",
    );
    assert.equal(networkLoss(tab)?.code, "network-lost", "a click that led there");
  }
});

test("a network that the test has taken away is the test's, also after it has given it back", async () => {
  const { tab, showErrorPage } = await openTab("net::ERR_INTERNET_DISCONNECTED");
  tab.isOffline = true;
  const isFailure = (thrown: unknown) => {
    assert.ok(thrown instanceof StepFailure);
    assert.equal(thrown.code, "navigation-failed");
    assert.match(thrown.message, /: there is no network$/);
    return true;
  };
  await assert.rejects(openAddress(tab, "http://shop.test/", "load", patient()), isFailure);
  await assert.rejects(
    navigateBy(tab, async () => showErrorPage(), patient()),
    isFailure,
  );
  tab.isOffline = false;
  assert.equal(networkLoss(tab), null);
});

test("a server that does not answer is a failure of the test", async () => {
  const { tab, showErrorPage } = await openTab("net::ERR_CONNECTION_REFUSED");
  await assert.rejects(
    openAddress(tab, "http://shop.test/", "load", patient()),
    (thrown) => thrown instanceof StepFailure && thrown.message.endsWith(": connection refused"),
  );
  showErrorPage();
  assert.equal(networkLoss(tab), null);
});
