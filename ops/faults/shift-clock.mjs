// Preloaded by the experiment with wrong clocks: `Date` is off by so many hours. The monotonic clock stays as it is, as it
// does when somebody sets the clock of a machine. (Threads that drive browsers are not given the variable: their times are right.)
const shiftMs = Number(process.env.VERDICT_SHIFT_HOURS ?? 0) * 3_600_000;
const Real = Date;

class ShiftedDate extends Real {
  constructor(...args) {
    if (args.length === 0) super(Real.now() + shiftMs);
    else super(...args);
  }

  static now() {
    return Real.now() + shiftMs;
  }
}

if (shiftMs !== 0) globalThis.Date = ShiftedDate;
