import type { ShownIn } from "../../db/domain/devices.ts";
import type { EgressTrouble } from "../../db/domain/egress.ts";
import type { ArtifactKind, Failure, RunnerEvent } from "../../db/domain/events.ts";
import type { LiveAnswer, LiveCommandBody, LiveCommandKind, Scene } from "../../db/domain/live-view.ts";
import type { BaselineAnswer, BaselineQuestion, NewSnapshotPolicy } from "../../db/domain/snapshots.ts";
import type { BrowserName } from "../../db/domain/steps/definition.ts";
import type { Step, StepGroupContent } from "../../db/domain/steps/index.ts";
import type { HoldWish } from "./gate.ts";
import type { Shot, Watch } from "./screencast.ts";

/**
 * The border between the worker process and the thread that drives a browser: values only. The thread holds no database,
 * no storage, no key; of the secrets it gets those that the steps refer to.
 */
export type AttemptPlan = {
  executionId: string;
  attempt: number;
  /** A browser is never shared between organizations. */
  organizationId: string;
  workerName: string;
  steps: readonly Step[];
  /** The reusable groups that steps may call, by their names. */
  groups?: Readonly<Record<string, StepGroupContent>>;
  variables: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, string>>;
  baseUrl: string | null;
  browser: BrowserOptions;
  viewport: ShownIn;
  /** Wall clock of the attempt, after which it fails with code `attempt-timeout`. */
  timeoutMs: number;
  screenshots: "each-step" | "on-failure" | "never";
  /** Whether it is to pause from its beginning. */
  hold?: HoldWish;
  /** What is recorded besides; nothing when left out. */
  evidence?: EvidencePlan;
  /** What a step does with a picture for which nothing was approved; default: it fails. */
  newSnapshots?: NewSnapshotPolicy;
  /** The way into the network; without it, straight there. */
  proxy?: ProxyPlan;
};

/** `direct`: ranges of addresses that the browser reaches without its proxy; else everything goes by it. */
export type ProxyPlan = { address: string; direct: readonly string[] };

/** `on-failure`: recorded all the same, and thrown away when the attempt passes. */
export type EvidencePlan = {
  [recording in "replay" | "network" | "video"]?: "off" | "on-failure" | "on";
} & {
  /** Whether web vitals and weight of navigations are told as events. */
  metrics?: boolean;
};

export type BrowserOptions = {
  name: BrowserName;
  /** Path of Chromium, Chrome, the headless shell or Firefox; of no meaning with an endpoint. */
  executablePath: string;
  /** WebSocket address of a browser, or of a farm of them, that runs elsewhere. */
  endpoint?: string;
  /** With a window, on the display that the worker has. */
  isHeaded?: boolean;
  /** It reaches nothing but by the proxy of an attempt. */
  isHeld?: boolean;
  /** Off only where Chromium refuses to start with it: as root. */
  sandbox: boolean;
  /** What the process of one page may take, where that is not what the limits say. */
  pageMemoryBytesMax?: number;
  /** Folder under which profiles are made and swept. */
  profilesDirectory: string;
};

/** From the thread, over the port of the attempt. */
export type FromAttempt =
  | { type: "events"; events: RunnerEvent[] }
  | { type: "artifact"; artifact: ArtifactBytes }
  /** The process group to kill if this attempt, or its thread, does not end by itself. Not answered by `taken`. */
  | { type: "browser"; pid: number }
  /** Whether there is trouble that it has not heard of: answered by `egress-told`, after all of that. */
  | { type: "egress-asked" }
  /** Which picture was approved: answered by `baseline` with the same id. Not answered by `taken`. */
  | ({ type: "baseline-asked"; id: number } & BaselineQuestion)
  | FromView;

/** What those get who watch or hold the attempt. A shot is answered by `shot-taken`, and the next one waits for that. */
export type FromView =
  | ({ type: "shot" } & Shot)
  /** It pauses, or goes on; it does neither without being told to. */
  | { type: "standing"; isPaused: boolean; scene: Scene }
  | { type: "answer"; id: string; answer: LiveAnswer };

export type ArtifactBytes = {
  id: string;
  kind: ArtifactKind;
  name: string;
  contentType: string;
  step: number | null;
  width: number | null;
  height: number | null;
  bytes: Uint8Array;
};

/** To the thread. `stop`: end the attempt now, its outcome is `cancelled`. `taken`: bytes and events that were dealt with. */
export type ToAttempt =
  | { type: "stop"; reason: string }
  | { type: "taken"; messages: number }
  | ToEgress
  | ToBaselines
  | ToView;

/** The picture that was asked for. */
export type ToBaselines = { type: "baseline"; id: number; answer: BaselineAnswer };

/** What its proxy did not connect. */
export type ToEgress = { type: "egress-trouble"; trouble: EgressTrouble } | { type: "egress-told" };

/** What those want who watch or hold the attempt. */
export type ToView =
  | ({ type: "watch" } & Watch)
  | ({ type: "hold" } & HoldWish)
  | { type: "shot-taken" }
  | { type: "command"; command: ViewCommand };

/** Something to do with a paused page; all but input is answered. */
export type ViewCommand = { id: string; kind: LiveCommandKind; body: LiveCommandBody };

/** How an attempt ended. `error` means that we, or the environment, are at fault: it says nothing about the page. */
export type AttemptOutcome = {
  status: "passed" | "failed" | "error" | "cancelled";
  failure: Failure | null;
  durationMs: number;
};
