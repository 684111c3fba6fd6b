import { StepFailure } from "../../../failure.ts";
import { nothing, type Table } from "./table.ts";

export const networkCommands: Table<
  | "Browser.cancelDownload"
  | "Fetch.continueRequest"
  | "Fetch.enable"
  | "Fetch.failRequest"
  | "Fetch.fulfillRequest"
  | "Fetch.getResponseBody"
  | "Network.emulateNetworkConditions"
  | "Network.enable"
  | "Network.getResponseBody"
> = {
  // It ends with the attempt: Firefox can't be told to let go of one.
  "Browser.cancelDownload": nothing,
  "Network.enable": ({ network }, { maxResourceBufferSize = 0 }) => network.collect(maxResourceBufferSize),
  "Network.getResponseBody": ({ network }, { requestId }) => network.bodyOf(requestId),
  "Network.emulateNetworkConditions": async ({ page, connection }, conditions) => {
    const { offline, latency, downloadThroughput, uploadThroughput } = conditions;
    if (!offline && (latency > 0 || downloadThroughput >= 0 || uploadThroughput >= 0)) {
      throw new StepFailure("not-in-this-browser", "throttling: Chromium only");
    }
    await connection.send("emulation.setNetworkConditions", {
      networkConditions: offline ? { type: "offline" } : null,
      contexts: [page.id],
    });
  },
  "Fetch.enable": ({ interception }, { patterns = [{ urlPattern: "*" }] }) => interception.enable(patterns),
  "Fetch.continueRequest": ({ interception }, changed) => interception.goOnAs(changed),
  "Fetch.failRequest": ({ interception }, { requestId, errorReason }) =>
    interception.fail(requestId, errorReason),
  "Fetch.fulfillRequest": ({ interception }, fulfilled) => interception.fulfill(fulfilled),
  "Fetch.getResponseBody": ({ interception }) => interception.body(),
};
