import { z } from "zod";
import { deviceTable } from "./device-table.ts";

/** A telephone or a tablet: its screen in CSS pixels, and how its browser calls itself. All of them are touched, all are mobile. */
export type Device = {
  name: string;
  userAgent: string;
  width: number;
  height: number;
  deviceScaleFactor: number;
};

/** What an execution shows its pages in; a device has more to say than its size. */
export type ShownIn = { width: number; height: number; device?: string | undefined };

/** The screen of a device that is known. */
export function shownInDevice(name: string): ShownIn | null {
  const device = devices.get(name);
  return device ? { width: device.width, height: device.height, device: name } : null;
}

/** "iPhone 13", or "1280 × 720" where it is of no device. */
export function screenText({ width, height, device }: ShownIn): string {
  return device ?? `${width} × ${height}`;
}

const nearestMax = 3;
const devices: ReadonlyMap<string, Device> = new Map(readTable().map((device) => [device.name, device]));

export const deviceNames: readonly string[] = [...devices.keys()];

export function deviceNamed(name: string): Device | undefined {
  return devices.get(name);
}

/** `there is no device "iPhone13"; did you mean iPhone 13, iPhone 11, iPhone 12?` */
export function unknownDevice(name: string): string {
  return `there is no device "${name.slice(0, 100)}"; did you mean ${nearestDevices(name).join(", ")}?`;
}

/** The name of a device in the catalogue. */
export const deviceName = z
  .string()
  .max(100)
  .superRefine((name, context) => {
    if (devices.has(name)) return;
    context.addIssue({ code: "custom", message: unknownDevice(name) });
  });

function nearestDevices(name: string): string[] {
  const wanted = plain(name);
  return deviceNames
    .map((candidate) => ({ candidate, steps: distance(wanted, plain(candidate)) }))
    .sort((a, b) => a.steps - b.steps)
    .slice(0, nearestMax)
    .map(({ candidate }) => candidate);
}

/** Small letters and digits only: people write `iphone-13` as well. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .slice(0, 100)
    .replace(/[^a-z0-9+]/g, "");
}

/** How many letters have to be put in, left out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

function readTable(): Device[] {
  let userAgent = "";
  return deviceTable
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [, width, height, scale, name] = /^ {2}(\d+) x (\d+) @ ([\d.]+) {2}(.+)$/.exec(line) ?? [];
      if (name === undefined) {
        userAgent = line;
        return [];
      }
      return [
        {
          name,
          userAgent,
          width: Number(width),
          height: Number(height),
          deviceScaleFactor: Number(scale),
        },
      ];
    });
}
