import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import puppeteer from "puppeteer";

const bits = 32;
const blockPx = 20;
const changesPerSecond = 20;

/** A page like a busy dashboard, twenty changes a second, that shows in black and white blocks when it was drawn. */
const page = `<!doctype html><meta charset="utf-8"><title>Time</title>
<style>body{margin:0;font:14px sans-serif} table{width:100%} #time{display:block}</style>
<canvas id="time" width="${bits * blockPx}" height="${blockPx}"></canvas><table></table><script>
  const pen = time.getContext("2d");
  const rows = Array.from({ length: 40 }, (_, i) => {
    const row = document.querySelector("table").insertRow();
    row.insertCell().textContent = "row " + i;
    return row.insertCell();
  });
  let n = 0;
  setInterval(() => {
    n++;
    rows.forEach((cell, i) => {
      cell.textContent = String(n * (i + 1));
      cell.style.background = "hsl(" + ((n * 7 + i * 9) % 360) + " 60% 80%)";
    });
    const now = Date.now() % 2 ** ${bits};
    for (let bit = 0; bit < ${bits}; bit++) {
      pen.fillStyle = Math.floor(now / 2 ** bit) % 2 === 1 ? "#fff" : "#000";
      pen.fillRect(bit * ${blockPx}, 0, ${blockPx}, ${blockPx});
    }
  }, ${1_000 / changesPerSecond});
</script>`;

export async function startTimePage(): Promise<{ url: string; close(): void }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export type Arrived = { bytes: Uint8Array; at: number };

/** How old pictures of the page were when they arrived, in milliseconds. A browser reads the blocks out of them. */
export async function agesOf(arrived: readonly Arrived[], executablePath: string): Promise<number[]> {
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await puppeteer.launch({ executablePath, args });
  try {
    const tab = await browser.newPage();
    const ages: number[] = [];
    for (const { bytes, at } of arrived) {
      const drawn = (await tab.evaluate(readerOf(bytes))) as number;
      // Both clocks are this machine's; the blocks hold the lower part of the time.
      const age = (at - drawn) % 2 ** bits;
      ages.push(age < 0 ? age + 2 ** bits : age);
    }
    return ages;
  } finally {
    await browser.close();
  }
}

function readerOf(bytes: Uint8Array): string {
  return `(async () => {
    const image = new Image();
    image.src = "data:image/jpeg;base64,${Buffer.from(bytes).toString("base64")}";
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(image, 0, 0);
    const scale = image.width / 1280;
    let value = 0;
    for (let bit = 0; bit < ${bits}; bit++) {
      const [red] = pen.getImageData((bit + 0.5) * ${blockPx} * scale, ${blockPx / 2} * scale, 1, 1).data;
      if (red > 127) value += 2 ** bit;
    }
    return value;
  })()`;
}
