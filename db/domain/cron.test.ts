import assert from "node:assert/strict";
import { test } from "node:test";
import { cronFault, isEveryHour, normalizedCron } from "./cron.ts";
import { cronText } from "./cron-text.ts";

test("what people write is taken, in one way of writing it", () => {
  for (const cron of [
    "* * * * *",
    "*/15 9-17 * * MON-FRI",
    "0 0 1,15 * *",
    "0 0 L * *",
    "0 9 * * fri#2",
    "@daily",
    "  30   2 * * 7 ",
  ]) {
    assert.equal(cronFault(cron), null, cron);
  }
  assert.equal(normalizedCron("  30  2 * * mon "), "30 2 * * MON");
  assert.equal(normalizedCron("@Daily"), "0 0 * * *");
});

test("what is wrong is named: the field, its value, and what would be right", () => {
  const faults: [string, RegExp][] = [
    ["", /must not be empty; five fields are needed \(minute, hour/],
    ["* * * *", /has 4 fields; five are needed/],
    ["*/10 * * * * *", /has 6 fields, as with seconds; .* at most once a minute/],
    ["60 * * * *", /^minute "60" is not right: 0 to 59/],
    ["0 25 * * *", /^hour "25" is not right: 0 to 23/],
    ["0 22-2 * * *", /^hour "22-2" is not right/],
    ["0 0 32 * *", /^day of the month "32" is not right/],
    ["0 0 * 13 *", /^month "13" is not right: 1 to 12/],
    ["0 0 * * 8", /^day of the week "8" is not right: 0 to 7/],
    ["0 0 * * Mo", /^day of the week "MO" is not right/],
    ["*/0 * * * *", /^minute "\*\/0" is not right/],
    ["0 0 30 2 *", /never comes: none of these months has such a day/],
    ["@reboot", /"@reboot" is no known shorthand; there are @hourly/],
    ["'; drop table schedule", /has 4 fields/],
  ];
  for (const [cron, message] of faults) assert.match(cronFault(cron) ?? "none", message, cron);
});

test("every hour is told from named hours", () => {
  for (const cron of ["* * * * *", "0 */1 * * *", "@hourly", "5 0-23 * * *"])
    assert.equal(isEveryHour(cron), true, cron);
  for (const cron of ["0 2 * * *", "0 */2 * * *", "0 0-22 * * *"])
    assert.equal(isEveryHour(cron), false, cron);
});

test("common shapes are read out in English, and others are shown as they are", () => {
  const texts: [string, string][] = [
    ["* * * * *", "every minute"],
    ["*/15 * * * *", "every 15 minutes"],
    ["0 * * * *", "every hour on the hour"],
    ["5 * * * *", "every hour at minute 5"],
    ["0,30 * * * *", "every hour at minutes 0 and 30"],
    ["0 */6 * * *", "every 6 hours on the hour"],
    ["30 2 * * *", "every day at 02:30"],
    ["@daily", "every day at 00:00"],
    ["0 8,12,18 * * *", "every day at 08:00, 12:00 and 18:00"],
    ["30 2 * * 1-5", "Monday to Friday at 02:30"],
    ["30 2 * * MON,THU", "every Monday and Thursday at 02:30"],
    ["0 9 * * 7", "every Sunday at 09:00"],
    ["0 0 1 * *", "on the 1st of every month at 00:00"],
    ["0 0 1,15 * *", "on the 1st and 15th of every month at 00:00"],
    ["0 0 L * *", "on the last day of every month at 00:00"],
    ["0 0 24 12 *", "on the 24th of December at 00:00"],
    ["0 6 * JUN-AUG *", "every day in June to August at 06:00"],
    ["*/15 9-17 * * 1-5", "every 15 minutes from 09:00 to 17:45, Monday to Friday"],
    ["* 9 * * *", "every minute from 09:00 to 09:59"],
    ["0 9-17 * * *", "every hour from 09:00 to 17:00"],
    ["*/7 * * * *", "*/7 * * * *"],
    ["0 0 13 * 5", "0 0 13 * 5"],
    ["0 9 * * FRI#2", "0 9 * * FRI#2"],
  ];
  for (const [cron, text] of texts) assert.equal(cronText(cron), text, cron);
});
