import type { StepType } from "../../../db/domain/steps/index.ts";
import { back } from "./back.ts";
import type { StepBehaviour } from "./behaviour.ts";
import { check } from "./check.ts";
import { click } from "./click.ts";
import { closeTab } from "./close-tab.ts";
import { drag } from "./drag.ts";
import { emulateNetwork } from "./emulate-network.ts";
import { evaluate } from "./evaluate.ts";
import { expectAttribute } from "./expect-attribute.ts";
import { expectChecked } from "./expect-checked.ts";
import { expectCount } from "./expect-count.ts";
import { expectEnabled } from "./expect-enabled.ts";
import { expectHidden } from "./expect-hidden.ts";
import { expectText } from "./expect-text.ts";
import { expectTitle } from "./expect-title.ts";
import { expectUrl } from "./expect-url.ts";
import { expectValue } from "./expect-value.ts";
import { expectVisible } from "./expect-visible.ts";
import { extract } from "./extract.ts";
import { fill } from "./fill.ts";
import { forward } from "./forward.ts";
import { goto } from "./goto.ts";
import { handleDialog } from "./handle-dialog.ts";
import { hover } from "./hover.ts";
import { keyDown } from "./key-down.ts";
import { keyUp } from "./key-up.ts";
import { mock } from "./mock.ts";
import { press } from "./press.ts";
import { reload } from "./reload.ts";
import { request } from "./request.ts";
import { screenshot } from "./screenshot.ts";
import { scroll } from "./scroll.ts";
import { select } from "./select.ts";
import { setVariable } from "./set-variable.ts";
import { setViewport } from "./set-viewport.ts";
import { switchTab } from "./switch-tab.ts";
import { type } from "./type.ts";
import { uncheck } from "./uncheck.ts";
import { upload } from "./upload.ts";
import { waitFor } from "./wait-for.ts";

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
  type,
  press,
  keyDown,
  keyUp,
  select,
  check,
  uncheck,
  hover,
  upload,
  drag,
  scroll,
  handleDialog,
  waitFor,
  setVariable,
  extract,
  evaluate,
  request,
  mock,
  emulateNetwork,
  screenshot,
  expectText,
  expectVisible,
  expectHidden,
  expectValue,
  expectCount,
  expectUrl,
  expectTitle,
  expectAttribute,
  expectEnabled,
  expectChecked,
} as const satisfies { [T in StepType]: StepBehaviour<T> };
