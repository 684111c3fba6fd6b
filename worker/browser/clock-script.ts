/** The clock of an attempt's pages: where it stands, and since when it runs (real time, both in ms); null: it stands still. */
export type ClockState = { time: number; runsSince: number | null };

/**
 * Puts a clock that is in our hands into a document: Date, timers, animation frames and performance.now. The timers of the
 * document go by it; those that were there before go on by themselves. Runs in the page's own world, before its scripts.
 */
export function clockScript(state: ClockState): string {
  return `(${install})(${JSON.stringify(state)})`;
}

/** Moves the clock that is in a document; what timers throw is reported as the page's errors. */
export function clockCommand(state: ClockState): string {
  return `globalThis[Symbol.for("verdict.clock")]?.(${JSON.stringify(state)})`;
}

const install = `(state) => {
  const key = Symbol.for("verdict.clock");
  if (globalThis[key]) return globalThis[key](state);
  const real = {
    Date, now: Date.now.bind(Date), setTimeout: setTimeout.bind(globalThis), clearTimeout: clearTimeout.bind(globalThis),
    performanceNow: performance.now.bind(performance),
  };
  let { time, runsSince } = state;
  const now = () => (runsSince === null ? time : time + (real.now() - runsSince));
  const origin = now();
  const timers = new Map();
  let nextId = 1_000_000_000;
  let realTimer = null;
  const callsMax = 100_000;
  const run = (timer) => {
    try {
      if (typeof timer.callback === "function") timer.callback.apply(globalThis, timer.args);
      else (0, eval)(String(timer.callback));
    } catch (error) {
      if (typeof reportError === "function") reportError(error);
    }
  };
  const first = () => {
    let found = null;
    for (const timer of timers.values()) {
      if (!found || timer.at < found.at || (timer.at === found.at && timer.id < found.id)) found = timer;
    }
    return found;
  };
  const fire = (timer) => {
    if (timer.every === null) timers.delete(timer.id);
    else timer.at += Math.max(timer.every, 1);
    run(timer);
  };
  const goTo = (end) => {
    for (let calls = 0; calls < callsMax; calls++) {
      const timer = first();
      if (!timer || timer.at > end) break;
      if (timer.at > time) time = timer.at;
      fire(timer);
    }
    time = end;
  };
  const schedule = () => {
    if (realTimer !== null) real.clearTimeout(realTimer);
    realTimer = null;
    if (runsSince === null) return;
    const timer = first();
    if (!timer) return;
    realTimer = real.setTimeout(() => {
      realTimer = null;
      const end = now();
      for (let calls = 0; calls < 1_000; calls++) {
        const due = first();
        if (!due || due.at > end) break;
        fire(due);
      }
      schedule();
    }, Math.min(Math.max(timer.at - now(), 0), 2_000_000_000));
  };
  const add = (callback, ms, args, every) => {
    const id = nextId++;
    const delay = Math.max(0, Number(ms) || 0);
    timers.set(id, { id, callback, args, at: now() + delay, every: every ? delay : null });
    schedule();
    return id;
  };
  const remove = (id) => {
    if (timers.delete(Number(id))) schedule();
    else real.clearTimeout(id);
  };
  const put = (object, name, value) => Object.defineProperty(object, name, { value, configurable: true, writable: true });
  function FakeDate(...args) {
    if (!new.target) return new real.Date(now()).toString();
    const date = args.length === 0 ? new real.Date(now()) : new real.Date(...args);
    return Object.setPrototypeOf(date, new.target.prototype);
  }
  put(FakeDate, "name", "Date");
  put(FakeDate, "length", 7);
  FakeDate.prototype = real.Date.prototype;
  put(real.Date.prototype, "constructor", FakeDate);
  FakeDate.now = () => Math.floor(now());
  FakeDate.parse = real.Date.parse;
  FakeDate.UTC = real.Date.UTC;
  put(globalThis, "Date", FakeDate);
  put(globalThis, "setTimeout", (callback, ms, ...args) => add(callback, ms, args, false));
  put(globalThis, "setInterval", (callback, ms, ...args) => add(callback, ms, args, true));
  put(globalThis, "clearTimeout", remove);
  put(globalThis, "clearInterval", remove);
  put(globalThis, "requestAnimationFrame", (callback) => {
    const at = now();
    return add(() => callback(now() - origin), 16 - ((at - origin) % 16), [], false);
  });
  put(globalThis, "cancelAnimationFrame", remove);
  if (typeof requestIdleCallback === "function") {
    put(globalThis, "requestIdleCallback", (callback) => add(() => callback({ didTimeout: false, timeRemaining: () => 50 }), 1, [], false));
    put(globalThis, "cancelIdleCallback", remove);
  }
  put(performance, "now", () => now() - origin);
  put(globalThis, key, (next) => {
    const target = next.time;
    runsSince = null;
    if (target > time) goTo(target);
    time = target;
    runsSince = next.runsSince;
    schedule();
  });
  schedule();
}`;
