import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "./limits.ts";
import { nextTick, nextTicks, planDue } from "./schedules.ts";
import { normalizedTimeZone, timeZoneFault } from "./time-zones.ts";

const ticks = (cron: string, timeZone: string, after: string, count: number) =>
  nextTicks({ cron, timeZone }, new Date(after), count).map((tick) => tick.toISOString().slice(0, 16));

test("a time of the day that the clocks skip comes once, when they are put forward", () => {
  // Berlin: 02:00 becomes 03:00 on 29 March 2026, at 01:00 UTC.
  assert.deepEqual(ticks("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 3), [
    "2026-03-28T01:30",
    "2026-03-29T01:00",
    "2026-03-30T00:30",
  ]);
  // New York: 02:00 becomes 03:00 on 8 March 2026, at 07:00 UTC.
  assert.deepEqual(ticks("*/20 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", 4), [
    "2026-03-08T07:00",
    "2026-03-09T06:00",
    "2026-03-09T06:20",
    "2026-03-09T06:40",
  ]);
  // Lord Howe: 02:00 becomes 02:30 on 4 October 2026, at 15:30 UTC of the 3rd.
  assert.deepEqual(ticks("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T00:00:00Z", 3), [
    "2026-10-02T15:45",
    "2026-10-03T15:30",
    "2026-10-04T15:15",
  ]);
});

test("skipped times that fall on one moment with a time that is there are one tick", () => {
  assert.deepEqual(ticks("0 2,3 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3), [
    "2026-03-29T01:00",
    "2026-03-30T00:00",
    "2026-03-30T01:00",
  ]);
});

test("a time of the day that the clocks show twice comes once, the first time", () => {
  // Berlin: 03:00 becomes 02:00 on 25 October 2026, at 01:00 UTC.
  assert.deepEqual(ticks("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2), [
    "2026-10-25T00:30",
    "2026-10-26T01:30",
  ]);
  assert.deepEqual(ticks("*/30 1 * * *", "America/New_York", "2026-11-01T00:00:00Z", 3), [
    "2026-11-01T05:00",
    "2026-11-01T05:30",
    "2026-11-02T06:00",
  ]);
  assert.deepEqual(ticks("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", 2), [
    "2026-04-04T14:45",
    "2026-04-05T15:15",
  ]);
});

test("asked in the middle of the hour that comes again, a time of it is not given again", () => {
  // 02:10 for the second time, and 02:10 for the first time.
  assert.equal(ticks("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", 1)[0], "2026-10-26T01:30");
  assert.equal(ticks("30 2 * * *", "Europe/Berlin", "2026-10-25T00:10:00Z", 1)[0], "2026-10-25T00:30");
});

test("every so many minutes goes on through a change of the clocks, nothing left out and nothing doubled", () => {
  assert.deepEqual(ticks("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 4), [
    "2026-03-29T00:30",
    "2026-03-29T01:00",
    "2026-03-29T01:30",
    "2026-03-29T02:00",
  ]);
  assert.deepEqual(ticks("0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 4), [
    "2026-10-25T00:00",
    "2026-10-25T01:00",
    "2026-10-25T02:00",
    "2026-10-25T03:00",
  ]);
  // Half an hour is put back: the hour from 01:30 on is shown again, and the grid of hours moves by a half.
  assert.deepEqual(ticks("*/15 * * * *", "Australia/Lord_Howe", "2026-04-04T14:30:00Z", 4), [
    "2026-04-04T14:45",
    "2026-04-04T15:00",
    "2026-04-04T15:15",
    "2026-04-04T15:30",
  ]);
});

test("the end of a year is a night like any other", () => {
  assert.deepEqual(ticks("59 23 31 12 *", "Europe/Berlin", "2026-12-31T22:58:59Z", 2), [
    "2026-12-31T22:59",
    "2027-12-31T22:59",
  ]);
  assert.deepEqual(ticks("0 0 1 1 *", "Pacific/Kiritimati", "2026-12-01T00:00:00Z", 1), ["2026-12-31T10:00"]);
  assert.deepEqual(ticks("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", 2), [
    "2028-02-29T00:00",
    "2032-02-29T00:00",
  ]);
  assert.deepEqual(ticks("0 12 L * *", "America/New_York", "2027-01-31T17:00:00Z", 1), ["2027-02-28T17:00"]);
});

test("over years, ticks only ever go forward and a time of the day comes once on each date", () => {
  for (const timeZone of ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]) {
    for (const [cron, days] of [
      ["30 2 * * *", 1],
      ["15 1 * * *", 1],
      ["0 */6 * * *", 4],
    ] as const) {
      const all = nextTicks({ cron, timeZone }, new Date("2026-01-01T12:00:00Z"), 730 * days);
      const end = (all.at(-1)?.getTime() ?? 0) - Date.parse("2026-01-01T12:00:00Z");
      assert.ok(Math.abs(end / 86_400_000 - 730) < 1.1, `${cron} in ${timeZone}`);
      assert.ok(all.every((tick, index) => index === 0 || tick > (all[index - 1] ?? tick)));
    }
  }
});

test("a tick is later than the moment asked about, also when that moment is one", () => {
  const timing = { cron: "0 0 * * *", timeZone: "UTC" };
  assert.equal(nextTick(timing, new Date("2026-05-01T00:00:00Z")).toISOString(), "2026-05-02T00:00:00.000Z");
  assert.equal(
    nextTick(timing, new Date("2026-04-30T23:59:59.999Z")).toISOString(),
    "2026-05-01T00:00:00.000Z",
  );
});

test("a time zone is taken by its name in the database and refused with what was probably meant", () => {
  assert.equal(timeZoneFault("Europe/Berlin"), null);
  assert.equal(timeZoneFault("UTC"), null);
  assert.equal(normalizedTimeZone(" europe/berlin "), "Europe/Berlin");
  assert.match(timeZoneFault("Berlin") ?? "", /"Berlin".*did you mean Europe\/Berlin\?/);
  assert.match(timeZoneFault("new york") ?? "", /America\/New_York/);
  for (const wrong of ["", "+02:00", "Mars/Olympus", "Europe/Berlin; drop"])
    assert.match(timeZoneFault(wrong) ?? "", /IANA/);
});

const hourly = { cron: "0 * * * *", timeZone: "UTC" };
const at = (text: string) => new Date(`2026-05-01T${text}:00Z`);

test("a tick that is fired in time is fired alone, whatever the policy", () => {
  for (const policy of ["skip", "once", "all"] as const) {
    assert.deepEqual(planDue(hourly, policy, at("10:00"), at("10:01")), {
      missed: null,
      fire: at("10:00"),
      nextAt: at("11:00"),
    });
  }
});

test("missed ticks are skipped, made up for by one, or each made up for", () => {
  const missed = (from: string, to: string, count: number) => ({ from: at(from), to: at(to), count });
  assert.deepEqual(planDue(hourly, "skip", at("10:00"), at("13:30")), {
    missed: missed("10:00", "13:00", 4),
    fire: null,
    nextAt: at("14:00"),
  });
  assert.deepEqual(planDue(hourly, "skip", at("10:00"), at("13:02")), {
    missed: missed("10:00", "12:00", 3),
    fire: at("13:00"),
    nextAt: at("14:00"),
  });
  assert.deepEqual(planDue(hourly, "once", at("10:00"), at("13:30")), {
    missed: missed("10:00", "12:00", 3),
    fire: at("13:00"),
    nextAt: at("14:00"),
  });
  assert.deepEqual(planDue(hourly, "all", at("10:00"), at("13:30")), {
    missed: null,
    fire: at("10:00"),
    nextAt: at("11:00"),
  });
});

test("making up for all has a bound, and so has counting what was missed", () => {
  const minutely = { cron: "* * * * *", timeZone: "Europe/Berlin" };
  const now = new Date("2026-05-01T10:00:30Z");
  const plan = planDue(minutely, "all", new Date("2025-01-01T00:00:00Z"), now);
  assert.equal(plan.fire?.toISOString(), "2026-05-01T09:41:00.000Z");
  assert.equal(plan.nextAt.toISOString(), "2026-05-01T09:42:00.000Z");
  assert.equal(plan.missed?.count, limits.missedTicksCounted - limits.catchUpTicksMax);
  assert.equal(plan.missed?.to.toISOString(), "2026-05-01T09:40:00.000Z");
});

test("the tick that was announced counts, also when the rules of its zone have changed since", () => {
  assert.deepEqual(planDue(hourly, "once", at("10:17"), at("10:18")), {
    missed: null,
    fire: at("10:17"),
    nextAt: at("11:00"),
  });
});
