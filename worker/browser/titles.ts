import { type Condition, locatorsOf, type Target } from "../../db/domain/steps/fields.ts";
import { definitionOf, type Step } from "../../db/domain/steps/index.ts";

const charsMax = 200;

/**
 * What a step does, in a line. It is made from the step as it was written: references, and with them secrets, stand there
 * unreplaced.
 */
export function titleOf(step: Step): string {
  const title = (step.name ?? describe(step)).replace(/\s+/g, " ").trim();
  return title.length <= charsMax ? title : `${title.slice(0, charsMax - 1)}…`;
}

function describe(step: Step): string {
  switch (step.type) {
    case "goto":
      return `Open ${step.url}`;
    case "setViewport":
      return `Set viewport to ${step.width} x ${step.height}`;
    case "switchTab":
      return step.url === undefined ? `Switch to tab ${step.tab}` : `Switch to the tab at ${step.url}`;
    case "click":
      return `${clickWord(step.button, step.count)} ${at(step.target)}`;
    case "fill":
      return step.value === ""
        ? `Clear ${at(step.target)}`
        : `Fill ${at(step.target)} with ${quoted(step.value)}`;
    case "type":
      return `Type ${quoted(step.text)}${into(step.target)}`;
    case "press":
      return `Press ${step.key}${step.target === undefined ? "" : ` in ${at(step.target)}`}`;
    case "keyDown":
      return `Hold ${step.key}`;
    case "keyUp":
      return `Release ${step.key}`;
    case "select":
      return `Select ${[step.value].flat().map(quoted).join(", ")} in ${at(step.target)}`;
    case "check":
      return `Check ${at(step.target)}`;
    case "uncheck":
      return `Uncheck ${at(step.target)}`;
    case "hover":
      return `Hover over ${at(step.target)}`;
    case "upload":
      return `Upload ${step.files.map(({ name }) => name).join(", ") || "nothing"} to ${at(step.target)}`;
    case "drag":
      return `Drag ${at(step.target)} to ${at(step.to)}`;
    case "scroll":
      return scrollTitle(step);
    case "handleDialog":
      return step.action === "accept" ? "Accept dialogs" : "Dismiss dialogs";
    case "waitFor":
      return waitTitle(step);
    case "setVariable":
      return `Set ${step.variable} to ${quoted(step.value)}`;
    case "extract":
      return `Extract ${step.attribute === undefined ? "" : `${step.attribute} of `}${at(step.target)} as ${step.as}`;
    case "evaluate":
      return `Run JavaScript ${quoted(step.script)}`;
    case "request":
      return `${step.method} ${step.url}`;
    case "mock":
      return `${step.abort ? "Block" : "Mock"} ${step.method ? `${step.method} ` : ""}${step.url}`;
    case "emulateNetwork":
      return step.offline ? "Go offline" : "Emulate network";
    case "screenshot":
      return step.target === undefined ? "Take a screenshot" : `Take a screenshot of ${at(step.target)}`;
    case "back":
    case "forward":
    case "reload":
    case "closeTab":
      return definitionOf(step.type).title;
    default:
      return describeMore(step);
  }
}

type Described = Step["type"] &
  (
    | "goto"
    | "setViewport"
    | "switchTab"
    | "click"
    | "fill"
    | "type"
    | "press"
    | "keyDown"
    | "keyUp"
    | "select"
    | "check"
    | "uncheck"
    | "hover"
    | "upload"
    | "drag"
    | "scroll"
    | "handleDialog"
    | "waitFor"
    | "setVariable"
    | "extract"
    | "evaluate"
    | "request"
    | "mock"
    | "emulateNetwork"
    | "screenshot"
    | "back"
    | "forward"
    | "reload"
    | "closeTab"
  );

/** Flow, state, and what the page sees. */
function describeMore(step: Exclude<Step, { type: Described }>): string {
  switch (step.type) {
    case "if":
      return `If ${step.not ? "not " : ""}${conditionTitle(step)}`;
    case "repeat":
      return repeatTitle(step);
    case "group":
      return `Call ${step.group}`;
    case "focus":
      return `Focus ${at(step.target)}`;
    case "blur":
      return `Take the focus from ${at(step.target)}`;
    case "clear":
      return `Clear ${at(step.target)}`;
    case "dispatchEvent":
      return `Dispatch ${step.event} to ${at(step.target)}`;
    case "setCookie":
      return `Set cookie ${step.cookie}`;
    case "clearCookies":
      return `Clear ${step.cookie === undefined ? "cookies" : `cookie ${step.cookie}`}${step.domain === undefined ? "" : ` of ${step.domain}`}`;
    case "setStorage":
      return `${step.clear ? "Clear" : step.value === undefined ? "Remove from" : "Set"} ${step.area ?? "local"} storage${step.key === undefined ? "" : ` ${step.key}`}`;
    case "saveState":
      return `Save sign-in state as ${step.as}`;
    case "useState":
      return "Use sign-in state";
    case "clock":
      return clockTitle(step);
    case "geolocation":
      return `Set location to ${step.latitude}, ${step.longitude}`;
    case "permissions":
      return permissionsTitle(step);
    case "emulate":
      return `Emulate ${emulatedTitle(step)}`;
    case "waitForResponse":
      return `Wait for response to ${responseTitle(step)}`;
    case "waitForIdle":
      return "Wait until the network is idle";
    case "modifyResponse":
      return `Modify responses to ${step.method ? `${step.method} ` : ""}${step.url}`;
    case "modifyRequest":
      return `Modify requests to ${step.method ? `${step.method} ` : ""}${step.url}`;
    case "mockWebSocket":
      return `${step.refuse ? "Refuse" : "Mock"} WebSocket ${step.url}`;
    case "waitForWebSocket":
      return `Wait for ${socketTitle(step)}`;
    case "emulateCpu":
      return step.slowdown === 1 ? "Full speed of the CPU" : `Slow the CPU down ${step.slowdown} times`;
    case "blockRequests":
      return `Block ${[...(step.resourceTypes ?? []), ...(step.urls ?? [])].join(", ")}`;
    default:
      return describeAssertion(step);
  }
}

type Assertion = Extract<Step, { type: `expect${string}` }>;

function describeAssertion(step: Assertion): string {
  switch (step.type) {
    case "expectText":
      return `Expect ${negated(step)}text ${quoted(step.text)} in ${at(step.target)}`;
    case "expectVisible":
      return `Expect ${at(step.target)} to ${negated(step)}be visible`;
    case "expectHidden":
      return `Expect ${at(step.target)} to ${negated(step)}be hidden`;
    case "expectValue":
      return `Expect ${negated(step)}value ${quoted(step.value)} in ${at(step.target)}`;
    case "expectCount":
      return `Expect ${negated(step)}${step.comparison ?? "=="} ${step.count} of ${at(step.target)}`;
    case "expectUrl":
      return `Expect ${negated(step)}address ${step.url}`;
    case "expectTitle":
      return `Expect ${negated(step)}title ${quoted(step.title)}`;
    case "expectAttribute":
      return `Expect ${negated(step)}${attributeText(step)} on ${at(step.target)}`;
    case "expectEnabled":
      return `Expect ${at(step.target)} to ${negated(step)}be enabled`;
    case "expectChecked":
      return `Expect ${at(step.target)} to ${negated(step)}be checked`;
    case "expectResponse":
      return `Expect ${negated(step)}response to ${responseTitle(step)}`;
    case "expectWebSocketMessage":
      return `Expect ${negated(step)}${socketTitle(step)}`;
    case "expectCookie":
      return `Expect ${negated(step)}cookie ${step.cookie}${step.value === undefined ? "" : `=${quoted(step.value)}`}`;
    case "expectStorage":
      return `Expect ${negated(step)}${step.key} in ${step.area ?? "local"} storage`;
    case "expectDownload":
      return `Expect ${negated(step)}download${step.fileName === undefined ? "" : ` ${step.fileName}`}`;
    case "expectNoConsoleErrors":
      return `Expect ${step.not ? "" : "no "}console errors`;
    case "expectNoPageErrors":
      return `Expect ${step.not ? "" : "no "}page errors`;
    case "expectAria":
      return `Expect ${negated(step)}structure of ${step.target === undefined ? "the page" : at(step.target)}`;
    case "expectDialog":
      return `Expect ${negated(step)}dialog${step.text === undefined ? "" : ` ${quoted(step.text)}`}`;
    case "expectAccessible":
      return `Expect ${step.target === undefined ? "the page" : at(step.target)} to ${negated(step)}be accessible`;
    case "expectSnapshot":
      return `Expect ${step.target === undefined ? "the page" : at(step.target)} to ${negated(step)}look as approved`;
    case "expectProperty":
      return `Expect ${negated(step)}property ${step.property}=${quoted(JSON.stringify(step.value))} on ${at(step.target)}`;
    case "expectClass":
      return `Expect ${negated(step)}class ${quoted(step.class)} on ${at(step.target)}`;
    case "expectCss":
      return `Expect ${negated(step)}style ${step.property} ${quoted(step.value)} on ${at(step.target)}`;
    case "expectFocused":
      return `Expect ${at(step.target)} to ${negated(step)}have the focus`;
    case "expectEditable":
      return `Expect ${at(step.target)} to ${negated(step)}be editable`;
    case "expectEmpty":
      return `Expect ${at(step.target)} to ${negated(step)}be empty`;
    case "expectInViewport":
      return `Expect ${at(step.target)} to ${negated(step)}be in view`;
  }
}

function conditionTitle(condition: Condition): string {
  const { visible, hidden, url, variable, equals, matches } = condition;
  if (visible !== undefined) return `${at(visible)} is visible`;
  if (hidden !== undefined) return `${at(hidden)} is hidden`;
  if (url !== undefined) return `the address is ${url}`;
  if (variable !== undefined) {
    return matches === undefined
      ? `${variable} is ${quoted(equals ?? "")}`
      : `${variable} matches /${matches}/`;
  }
  return quoted(condition.function ?? "");
}

function repeatTitle({ times, while: condition, elements }: OfType<"repeat">): string {
  if (times !== undefined) return `Repeat ${times} times`;
  if (condition) return `Repeat while ${condition.not ? "not " : ""}${conditionTitle(condition)}`;
  return elements === undefined ? "Repeat for each value" : `Repeat for each ${at(elements)}`;
}

function clockTitle({ action, time, ms }: OfType<"clock">): string {
  if (action === "install") return `Stop the clock at ${time ?? "the present time"}`;
  return action === "advance" ? `Advance the clock by ${ms} ms` : "Let the clock run";
}

function permissionsTitle({ grant = [], deny = [] }: OfType<"permissions">): string {
  const parts = [
    grant.length > 0 ? `grant ${grant.join(", ")}` : "",
    deny.length > 0 ? `deny ${deny.join(", ")}` : "",
  ];
  return `Permissions: ${parts.filter((part) => part !== "").join("; ")}`;
}

function emulatedTitle(step: OfType<"emulate">): string {
  const { device, locale, timezone, colorScheme, reducedMotion, forcedColors, media, userAgent } = step;
  const words = [
    device,
    locale,
    timezone,
    colorScheme && `${colorScheme} colours`,
    reducedMotion && `motion ${reducedMotion}`,
    forcedColors && `forced colours ${forcedColors}`,
    media,
    userAgent,
  ];
  return words.filter((word) => word !== undefined).join(", ");
}

function socketTitle(step: OfType<"waitForWebSocket"> | OfType<"expectWebSocketMessage">): string {
  const { type, url, direction, text, json } = step;
  const content = text ?? (json === undefined ? undefined : JSON.stringify(json));
  const isOfMessage =
    type === "expectWebSocketMessage" ||
    direction !== undefined ||
    content !== undefined ||
    step.as !== undefined;
  if (!isOfMessage) return `WebSocket ${url}`;
  const way = direction === "sent" ? "to" : "from";
  const peer = url === undefined ? "" : ` ${way} ${url}`;
  return `WebSocket message${content === undefined ? "" : ` ${quoted(content)}`}${peer}`;
}

function responseTitle(step: {
  url: string;
  method?: string | undefined;
  status?: number | undefined;
}): string {
  return `${step.method ? `${step.method} ` : ""}${step.url}${step.status === undefined ? "" : ` (${step.status})`}`;
}

type OfType<T extends Step["type"]> = Extract<Step, { type: T }>;

function clickWord(button: OfType<"click">["button"], count: number | undefined): string {
  const times = count === 2 ? "Double-click" : count === 3 ? "Triple-click" : "Click";
  if (button === undefined || button === "left") return times;
  return `${button[0]?.toUpperCase()}${button.slice(1)} ${times.toLowerCase()}`;
}

function scrollTitle({ target, x, y }: OfType<"scroll">): string {
  if (x === undefined && y === undefined) return `Scroll ${target === undefined ? "" : at(target)} into view`;
  return `Scroll ${target === undefined ? "the page" : at(target)} to ${x ?? "-"}, ${y ?? "-"}`;
}

function waitTitle(step: OfType<"waitFor">): string {
  const parts: string[] = [];
  if (step.ms !== undefined) parts.push(`${step.ms} ms`);
  if (step.url !== undefined) parts.push(`address ${step.url}`);
  if (step.function !== undefined) parts.push(`condition ${quoted(step.function)}`);
  if (step.target !== undefined) {
    const count = step.count === undefined ? "" : `${step.comparison ?? "=="} ${step.count} of `;
    parts.push(`${count}${at(step.target)}${step.state === undefined ? "" : ` to be ${step.state}`}`);
  }
  return `Wait for ${parts.join(" and ")}`;
}

function attributeText({ attribute, value }: OfType<"expectAttribute">): string {
  return value === undefined ? `attribute ${attribute}` : `attribute ${attribute}=${quoted(value)}`;
}

function negated({ not }: { not?: boolean | undefined }): string {
  return not ? "not " : "";
}

function into(target: Target | undefined): string {
  return target === undefined ? "" : ` into ${at(target)}`;
}

function at(target: Target): string {
  return locatorsOf(target)[0] ?? "";
}

function quoted(text: string): string {
  return `"${text.length <= 60 ? text : `${text.slice(0, 59)}…`}"`;
}
