import type { CDPEvents, Protocol } from "puppeteer";

/** No parameters, or no answer but that it was done. */
type Nothing = Awaited<Promise<void>>;

/**
 * What we say to a page, whichever browser shows it: the words of the DevTools protocol, and of them only these. Chromium speaks
 * them itself, without anything in between; for another browser its driver translates them. A command that is not in this list
 * does not compile, and one that is must be answered by every driver.
 */
export type Commands = {
  "Browser.cancelDownload": [Protocol.Browser.CancelDownloadRequest, Nothing];
  "Browser.getVersion": [Nothing, { userAgent: string }];
  "DOM.describeNode": [{ objectId: string }, { node: { frameId?: string; localName: string } }];
  "DOM.getFrameOwner": [Protocol.DOM.GetFrameOwnerRequest, { backendNodeId: number }];
  "DOM.resolveNode": [
    { backendNodeId: number; executionContextId: number },
    { object: Protocol.Runtime.RemoteObject },
  ];
  "DOM.setFileInputFiles": [{ files: string[]; objectId: string }, Nothing];
  "Emulation.setCPUThrottlingRate": [Protocol.Emulation.SetCPUThrottlingRateRequest, Nothing];
  "Emulation.setDeviceMetricsOverride": [Protocol.Emulation.SetDeviceMetricsOverrideRequest, Nothing];
  "Emulation.setEmulatedMedia": [Protocol.Emulation.SetEmulatedMediaRequest, Nothing];
  "Emulation.setFocusEmulationEnabled": [Protocol.Emulation.SetFocusEmulationEnabledRequest, Nothing];
  "Emulation.setGeolocationOverride": [Protocol.Emulation.SetGeolocationOverrideRequest, Nothing];
  "Emulation.setLocaleOverride": [Protocol.Emulation.SetLocaleOverrideRequest, Nothing];
  "Emulation.setTimezoneOverride": [Protocol.Emulation.SetTimezoneOverrideRequest, Nothing];
  "Emulation.setTouchEmulationEnabled": [Protocol.Emulation.SetTouchEmulationEnabledRequest, Nothing];
  "Emulation.setUserAgentOverride": [Protocol.Emulation.SetUserAgentOverrideRequest, Nothing];
  "Fetch.continueRequest": [Protocol.Fetch.ContinueRequestRequest, Nothing];
  "Fetch.enable": [Protocol.Fetch.EnableRequest, Nothing];
  "Fetch.failRequest": [Protocol.Fetch.FailRequestRequest, Nothing];
  "Fetch.fulfillRequest": [Protocol.Fetch.FulfillRequestRequest, Nothing];
  "Fetch.getResponseBody": [Protocol.Fetch.GetResponseBodyRequest, Protocol.Fetch.GetResponseBodyResponse];
  "Input.dispatchDragEvent": [Protocol.Input.DispatchDragEventRequest, Nothing];
  "Input.dispatchMouseEvent": [Protocol.Input.DispatchMouseEventRequest, Nothing];
  "Input.insertText": [Protocol.Input.InsertTextRequest, Nothing];
  "Input.setInterceptDrags": [Protocol.Input.SetInterceptDragsRequest, Nothing];
  "Inspector.enable": [Nothing, Nothing];
  "Log.enable": [Nothing, Nothing];
  "Network.emulateNetworkConditions": [Protocol.Network.EmulateNetworkConditionsRequest, Nothing];
  "Network.enable": [Protocol.Network.EnableRequest, Nothing];
  "Network.getResponseBody": [
    Protocol.Network.GetResponseBodyRequest,
    Protocol.Network.GetResponseBodyResponse,
  ];
  "Page.addScriptToEvaluateOnNewDocument": [
    Protocol.Page.AddScriptToEvaluateOnNewDocumentRequest,
    Protocol.Page.AddScriptToEvaluateOnNewDocumentResponse,
  ];
  "Page.bringToFront": [Nothing, Nothing];
  "Page.captureScreenshot": [Protocol.Page.CaptureScreenshotRequest, Protocol.Page.CaptureScreenshotResponse];
  "Page.createIsolatedWorld": [Protocol.Page.CreateIsolatedWorldRequest, unknown];
  "Page.enable": [Nothing, Nothing];
  "Page.getFrameTree": [Nothing, { frameTree: { frame: { id: string; loaderId: string; url: string } } }];
  "Page.getLayoutMetrics": [
    Nothing,
    {
      cssContentSize: { width: number; height: number };
      cssVisualViewport: { pageX: number; pageY: number };
    },
  ];
  "Page.handleJavaScriptDialog": [Protocol.Page.HandleJavaScriptDialogRequest, Nothing];
  "Page.navigate": [{ url: string }, { loaderId?: string; errorText?: string }];
  "Page.reload": [Nothing, Nothing];
  "Page.removeScriptToEvaluateOnNewDocument": [
    Protocol.Page.RemoveScriptToEvaluateOnNewDocumentRequest,
    Nothing,
  ];
  "Page.screencastFrameAck": [Protocol.Page.ScreencastFrameAckRequest, Nothing];
  "Page.startScreencast": [Protocol.Page.StartScreencastRequest, Nothing];
  "Page.stopLoading": [Nothing, Nothing];
  "Page.stopScreencast": [Nothing, Nothing];
  "Runtime.addBinding": [{ name: string; executionContextName: string }, Nothing];
  "Runtime.callFunctionOn": [
    Protocol.Runtime.CallFunctionOnRequest & { objectId: string },
    Protocol.Runtime.CallFunctionOnResponse,
  ];
  "Runtime.compileScript": [
    Protocol.Runtime.CompileScriptRequest,
    { exceptionDetails?: Protocol.Runtime.ExceptionDetails },
  ];
  "Runtime.enable": [Nothing, Nothing];
  "Runtime.evaluate": [Protocol.Runtime.EvaluateRequest, Protocol.Runtime.EvaluateResponse];
  "Runtime.releaseObject": [{ objectId: string }, Nothing];
  "Runtime.terminateExecution": [Nothing, Nothing];
  "Target.setAutoAttach": [Protocol.Target.SetAutoAttachRequest, Nothing];
};
export type CommandName = keyof Commands;

/** What a page tells us. */
export type Events = Pick<
  CDPEvents,
  | "Fetch.requestPaused"
  | "Input.dragIntercepted"
  | "Inspector.detached"
  | "Inspector.targetCrashed"
  | "Log.entryAdded"
  | "Network.dataReceived"
  | "Network.loadingFailed"
  | "Network.loadingFinished"
  | "Network.requestServedFromCache"
  | "Network.requestWillBeSent"
  | "Network.responseReceived"
  | "Page.domContentEventFired"
  | "Page.downloadProgress"
  | "Page.downloadWillBegin"
  | "Page.frameNavigated"
  | "Page.frameRequestedNavigation"
  | "Page.frameStartedNavigating"
  | "Page.frameStoppedLoading"
  | "Page.javascriptDialogOpening"
  | "Page.loadEventFired"
  | "Page.navigatedWithinDocument"
  | "Page.screencastFrame"
  | "Runtime.bindingCalled"
  | "Runtime.consoleAPICalled"
  | "Runtime.exceptionThrown"
  | "Runtime.executionContextCreated"
  | "Runtime.executionContextDestroyed"
  | "Runtime.executionContextsCleared"
> & {
  /** Frames in a process of their own have a session below that of their page; in Firefox one session has all of a page. */
  sessionattached: Session;
  sessiondetached: Session;
};
export type EventName = keyof Events;

/** A line to one page. */
export type Session = {
  readonly detached: boolean;
  /** What its pages may take beyond a deadline that they watch themselves, where that is more than usual. */
  readonly graceMs?: number;
  send<N extends CommandName>(name: N, params?: Commands[N][0]): Promise<Commands[N][1]>;
  on<N extends EventName>(name: N, listener: (event: Events[N]) => Nothing): unknown;
  off<N extends EventName>(name: N, listener: (event: Events[N]) => Nothing): unknown;
};
