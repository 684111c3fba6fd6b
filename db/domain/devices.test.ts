import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceName, deviceNamed, unknownDevice } from "./devices.ts";

test("a device has a screen and a user agent", () => {
  const device = deviceNamed("iPhone 13");
  assert.equal(`${device?.width} x ${device?.height} @ ${device?.deviceScaleFactor}`, "390 x 844 @ 3");
  assert.match(device?.userAgent ?? "", /iPhone OS 15/);
});

test("a name that is none is told with the nearest ones", () => {
  assert.match(unknownDevice("iphone13"), /^there is no device "iphone13"; did you mean iPhone 13, /);
  assert.match(unknownDevice("Pixel 5 landscap"), /did you mean Pixel 5 landscape, /);
  assert.equal(deviceName.safeParse("Pixel 5").success, true);
  const refused = deviceName.safeParse("Pixel5");
  assert.match(refused.error?.issues[0]?.message ?? "", /did you mean Pixel 5, /);
});
