import assert from "node:assert/strict";
import { test } from "node:test";
import { KnownDevices } from "puppeteer";
import { deviceNamed, deviceNames } from "../../db/domain/devices.ts";

test("the catalogue has Puppeteer's devices as they are", () => {
  assert.deepEqual([...deviceNames].sort(), Object.keys(KnownDevices).sort());
  for (const [name, { userAgent, viewport }] of Object.entries(KnownDevices)) {
    const { width, height, deviceScaleFactor, isMobile, hasTouch } = viewport;
    assert.deepEqual(deviceNamed(name), { name, userAgent, width, height, deviceScaleFactor });
    assert.ok(
      isMobile && hasTouch,
      `${name} is no mobile device; the catalogue takes all of them for mobile`,
    );
  }
});
