import type { Protocol } from "puppeteer";
import { newId } from "../../db/domain/ids.ts";
import type { Deadline } from "./deadline.ts";
import type { Session } from "./driver/session.ts";
import type { ArtifactBytes } from "./protocol.ts";
import type { Tab } from "./tab.ts";

/** The height up to which a whole page is pictured, in CSS pixels; Chromium itself gives up a little above. */
const fullPageHeightMax = 12_000;
const jpegQuality = 75;

export type Box = { x: number; y: number; width: number; height: number };
export type Picture = { bytes: Uint8Array; width: number; height: number };
/** `corner`: where its upper left one is in the view of the page, in CSS pixels. */
export type ExactPicture = Picture & { corner: { x: number; y: number } };

/** The browser did not give a picture in time. */
export class PictureLate extends Error {}

/** What the tab shows now, small and fast. */
export async function takeView(tab: Tab, deadline: Deadline): Promise<Picture> {
  return capture(tab.session, { format: "jpeg", quality: jpegQuality, optimizeForSpeed: true }, deadline);
}

/** What the tab shows, a part of it (in CSS pixels of the page's view), or all of the page up to a height; without loss. */
export async function takeExact(
  tab: Tab,
  area: { clip: Box } | { fullPage: boolean },
  deadline: Deadline,
): Promise<ExactPicture> {
  const { cssContentSize, cssVisualViewport } = await deadline.race(
    tab.session.send("Page.getLayoutMetrics"),
    late,
  );
  const { pageX, pageY } = cssVisualViewport;
  const exact = async (
    corner: ExactPicture["corner"],
    request: Pick<Protocol.Page.CaptureScreenshotRequest, "captureBeyondViewport" | "clip">,
  ) => ({ ...(await capture(tab.session, { format: "png", ...request }, deadline)), corner });
  if ("clip" in area) {
    const { x, y } = area.clip;
    const width = Math.min(area.clip.width, cssContentSize.width);
    const height = Math.min(area.clip.height, fullPageHeightMax);
    const clip = { x: x + pageX, y: y + pageY, width, height, scale: 1 };
    return exact({ x, y }, { captureBeyondViewport: true, clip });
  }
  if (!area.fullPage) return exact({ x: 0, y: 0 }, {});
  const { width, height } = cssContentSize;
  const clip = { x: 0, y: 0, width, height: Math.min(height, fullPageHeightMax), scale: 1 };
  return exact({ x: -pageX, y: -pageY }, { captureBeyondViewport: true, clip });
}

async function capture(
  session: Session,
  request: Protocol.Page.CaptureScreenshotRequest,
  deadline: Deadline,
): Promise<Picture> {
  const { data } = await deadline.race(session.send("Page.captureScreenshot", request), late);
  // A copy of its own: Buffer.from may share memory with others, and these bytes are handed to another thread.
  const bytes = new Uint8Array(Buffer.from(data, "base64"));
  return { bytes, ...sizeOf(bytes, request.format === "jpeg" ? "jpeg" : "png") };
}

function late(): Error {
  return new PictureLate("the picture was not there in time");
}

export function artifactOf(
  picture: Picture,
  format: "jpeg" | "png",
  name: string,
  step: number,
): ArtifactBytes {
  return {
    id: newId(),
    kind: "screenshot",
    name: `${name}.${format === "jpeg" ? "jpg" : "png"}`,
    contentType: `image/${format}`,
    step,
    width: picture.width,
    height: picture.height,
    bytes: picture.bytes,
  };
}

/** Reads the size from the file itself: the device scale and the browser decide it, not we. */
export function sizeOf(bytes: Uint8Array, format: "jpeg" | "png"): { width: number; height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format === "png") return { width: view.getUint32(16), height: view.getUint32(20) };
  let at = 2;
  while (at + 9 < bytes.byteLength) {
    const marker = view.getUint16(at);
    // Start of frame: every one but the tables 0xffc4, 0xffc8 and 0xffcc.
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  throw new Error("the browser's picture is no JPEG");
}
