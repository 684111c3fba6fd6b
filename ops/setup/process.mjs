// Running other programs from set-up: bounded, with their output kept for the error message.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";

/** A failure that a person can do something about: shown without a stack. */
export class SetupError extends Error {}

/** A progress line. On stderr, so that a command's own output stays clean. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a program to its end and keeps what it printed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ timeoutMs: number, cwd?: string, env?: NodeJS.ProcessEnv, stalled?: () => boolean }} options
 *   `stalled` is asked every two seconds; true ends the program
 * @returns {Promise<{ ok: boolean, output: string }>} ok = ended by itself with code 0
 */
export function run(command, args, { timeoutMs, cwd, env, stalled }) {
  return new Promise((resolve) => {
    let output = "";
    let why = "";
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    const detached = process.platform !== "win32";
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached });
    const end = (reason) => {
      why ||= reason;
      killGroup(child, "SIGKILL");
    };
    const timer = setTimeout(() => end(`took longer than ${timeoutMs / 1000} s`), timeoutMs);
    const watch = setInterval(() => stalled?.() && end("made no progress"), 2_000);
    // A detached child would outlive us on Ctrl-C.
    const onSignal = (signal) => {
      killGroup(child, "SIGKILL");
      process.exit(128 + constants.signals[signal]);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);
    const done = (ok, text) => {
      clearTimeout(timer);
      clearInterval(watch);
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, onSignal);
      resolve({ ok, output: [text, why && `(${command} ${why})`].filter(Boolean).join("\n") });
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) => done(false, error.message));
    child.once("close", (code) => done(code === 0, output.trim()));
  });
}

function killGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? child.pid : -child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/**
 * Runs the real command in our place: its terminal is ours, our signals are its signals, and it ends when we do
 * (it has a channel to us whose closing it notices). Resolves to the exit code.
 */
export function runToEnd(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["inherit", "inherit", "inherit", "ipc"] });
    const forward = (signal) => child.kill(signal === "SIGHUP" ? "SIGTERM" : signal);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, forward);
    const watch = endWithNpm(() => child.kill("SIGTERM"));
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      clearInterval(watch);
      if (child.connected) child.disconnect();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/**
 * npm killed without mercy cannot pass the signal on, and nobody would ever stop us. npm is our parent, or the
 * parent of the shell that it started us with.
 */
function endWithNpm(stop) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const shell = /^[^\0]*sh\0-c\0/.test(readProc(process.ppid, "cmdline")) ? process.ppid : null;
  const family = () => `${process.ppid} ${shell === null ? "" : parentOf(shell)}`;
  const atStart = family();
  const watch = setInterval(() => {
    if (family() === atStart) return;
    clearInterval(watch);
    stop();
  }, 1_000);
  return watch;
}

function parentOf(pid) {
  const stat = readProc(pid, "stat");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
}

function readProc(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return ""; // gone, or a system without /proc: then only our own parent is watched
  }
}
