import type { StepType } from "../../../db/domain/steps/index.ts";
import { back } from "./back.ts";
import type { StepBehaviour } from "./behaviour.ts";
import { blockRequests } from "./block-requests.ts";
import { blur } from "./blur.ts";
import { check } from "./check.ts";
import { clear } from "./clear.ts";
import { clearCookies } from "./clear-cookies.ts";
import { click } from "./click.ts";
import { clock } from "./clock.ts";
import { closeTab } from "./close-tab.ts";
import { dispatchEvent } from "./dispatch-event.ts";
import { drag } from "./drag.ts";
import { emulate } from "./emulate.ts";
import { emulateCpu } from "./emulate-cpu.ts";
import { emulateNetwork } from "./emulate-network.ts";
import { evaluate } from "./evaluate.ts";
import { expectAccessible } from "./expect-accessible.ts";
import { expectAria } from "./expect-aria.ts";
import { expectAttribute } from "./expect-attribute.ts";
import { expectChecked } from "./expect-checked.ts";
import { expectClass } from "./expect-class.ts";
import { expectCookie } from "./expect-cookie.ts";
import { expectCount } from "./expect-count.ts";
import { expectCss } from "./expect-css.ts";
import { expectDialog } from "./expect-dialog.ts";
import { expectDownload } from "./expect-download.ts";
import { expectEditable } from "./expect-editable.ts";
import { expectEmpty } from "./expect-empty.ts";
import { expectEnabled } from "./expect-enabled.ts";
import { expectFocused } from "./expect-focused.ts";
import { expectHidden } from "./expect-hidden.ts";
import { expectInViewport } from "./expect-in-viewport.ts";
import { expectNoConsoleErrors } from "./expect-no-console-errors.ts";
import { expectNoPageErrors } from "./expect-no-page-errors.ts";
import { expectProperty } from "./expect-property.ts";
import { expectResponse } from "./expect-response.ts";
import { expectSnapshot } from "./expect-snapshot.ts";
import { expectStorage } from "./expect-storage.ts";
import { expectText } from "./expect-text.ts";
import { expectTitle } from "./expect-title.ts";
import { expectUrl } from "./expect-url.ts";
import { expectValue } from "./expect-value.ts";
import { expectVisible } from "./expect-visible.ts";
import { expectWebSocketMessage } from "./expect-web-socket-message.ts";
import { extract } from "./extract.ts";
import { fill } from "./fill.ts";
import { focus } from "./focus.ts";
import { forward } from "./forward.ts";
import { geolocation } from "./geolocation.ts";
import { goto } from "./goto.ts";
import { group } from "./group.ts";
import { handleDialog } from "./handle-dialog.ts";
import { hover } from "./hover.ts";
import { ifStep } from "./if.ts";
import { keyDown } from "./key-down.ts";
import { keyUp } from "./key-up.ts";
import { mock } from "./mock.ts";
import { mockWebSocket } from "./mock-web-socket.ts";
import { modifyRequest } from "./modify-request.ts";
import { modifyResponse } from "./modify-response.ts";
import { permissions } from "./permissions.ts";
import { press } from "./press.ts";
import { reload } from "./reload.ts";
import { repeat } from "./repeat.ts";
import { request } from "./request.ts";
import { saveState } from "./save-state.ts";
import { screenshot } from "./screenshot.ts";
import { scroll } from "./scroll.ts";
import { select } from "./select.ts";
import { setCookie } from "./set-cookie.ts";
import { setStorage } from "./set-storage.ts";
import { setVariable } from "./set-variable.ts";
import { setViewport } from "./set-viewport.ts";
import { switchTab } from "./switch-tab.ts";
import { type } from "./type.ts";
import { uncheck } from "./uncheck.ts";
import { upload } from "./upload.ts";
import { useState } from "./use-state.ts";
import { waitFor } from "./wait-for.ts";
import { waitForIdle } from "./wait-for-idle.ts";
import { waitForResponse } from "./wait-for-response.ts";
import { waitForWebSocket } from "./wait-for-web-socket.ts";

/** What each step does. A step of the language without a behaviour does not compile. */
export const stepBehaviours = {
  goto,
  back,
  forward,
  reload,
  setViewport,
  switchTab,
  closeTab,
  click,
  fill,
  clear,
  type,
  press,
  keyDown,
  keyUp,
  select,
  check,
  uncheck,
  hover,
  focus,
  blur,
  dispatchEvent,
  upload,
  drag,
  scroll,
  handleDialog,
  waitFor,
  if: ifStep,
  repeat,
  group,
  setVariable,
  extract,
  evaluate,
  setCookie,
  clearCookies,
  setStorage,
  saveState,
  useState,
  request,
  mock,
  modifyRequest,
  modifyResponse,
  blockRequests,
  mockWebSocket,
  waitForResponse,
  waitForWebSocket,
  waitForIdle,
  emulateNetwork,
  emulateCpu,
  emulate,
  clock,
  geolocation,
  permissions,
  screenshot,
  expectText,
  expectVisible,
  expectHidden,
  expectValue,
  expectCount,
  expectUrl,
  expectTitle,
  expectAttribute,
  expectProperty,
  expectClass,
  expectCss,
  expectEnabled,
  expectEditable,
  expectChecked,
  expectFocused,
  expectEmpty,
  expectInViewport,
  expectAria,
  expectAccessible,
  expectSnapshot,
  expectResponse,
  expectWebSocketMessage,
  expectCookie,
  expectStorage,
  expectDialog,
  expectDownload,
  expectNoConsoleErrors,
  expectNoPageErrors,
} as const satisfies { [T in StepType]: StepBehaviour<T> };
