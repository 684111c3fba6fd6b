// Plays the pictures of a film (`db/domain/film.ts`): after a mark of eight characters for each picture its time (a double, epoch
// milliseconds), its length (32 bits) and the JPEG; little-endian; the record without a picture says when the film ends.

const bytesMax = 30_000_000;
const markBytes = 8;
const headBytes = 12;

async function load(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the pictures could not be loaded (${response.status})`);
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength > bytesMax) throw new Error("the film is too large");
  const view = new DataView(bytes);
  const frames = [];
  let end = 0;
  for (let at = markBytes; at + headBytes <= bytes.byteLength; ) {
    const time = view.getFloat64(at, true);
    const length = view.getUint32(at + 8, true);
    at += headBytes;
    if (at + length > bytes.byteLength) break;
    end = Math.max(end, time);
    if (length === 0) break;
    frames.push({ at: end, jpeg: new Blob([bytes.slice(at, at + length)], { type: "image/jpeg" }) });
    at += length;
  }
  if (frames.length === 0) throw new Error("the film is empty");
  const start = frames[0].at;
  return { frames: frames.map(({ at, jpeg }) => ({ at: at - start, jpeg })), length: end - start };
}

/** The same words as a video element, as far as the player needs them. Times are milliseconds. */
export function framesPlayer(root, onTime) {
  const canvas = root.querySelector("[data-player-canvas]");
  const range = root.querySelector("[data-player-range]");
  const output = root.querySelector("[data-player-time]");
  const toggle = root.querySelector("[data-player-toggle]");
  let film = null;
  let now = 0;
  let isPlaying = false;
  let shown = -1;
  let last = 0;
  let wanted = null;

  async function draw() {
    const index = Math.max(
      0,
      film.frames.findLastIndex(({ at }) => at <= now),
    );
    if (index === shown) return;
    shown = index;
    const bitmap = await createImageBitmap(film.frames[index].jpeg);
    // Another one may have been asked for meanwhile.
    if (shown === index) {
      if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
        canvas.width = bitmap.width;
        canvas.height = bitmap.height;
      }
      canvas.getContext("2d").drawImage(bitmap, 0, 0);
      canvas.dataset.shown = String(index);
    }
    bitmap.close();
  }

  function show() {
    range.value = String(Math.round(now));
    output.value = `${(now / 1000).toFixed(1)} / ${(film.length / 1000).toFixed(1)} s`;
    draw().catch(() => undefined);
    onTime(now, isPlaying);
  }

  function tick(time) {
    if (!isPlaying || !root.isConnected) return;
    now = Math.min(film.length, now + time - last);
    last = time;
    if (now >= film.length) player.pause();
    show();
    requestAnimationFrame(tick);
  }

  const player = {
    get now() {
      return now;
    },
    get isPlaying() {
      return isPlaying;
    },
    seek(ms) {
      if (!film) wanted = ms;
      else {
        now = Math.min(film.length, Math.max(0, ms));
        show();
      }
    },
    play() {
      if (!film || isPlaying) return;
      if (now >= film.length) now = 0;
      isPlaying = true;
      root.classList.add("is-playing");
      last = performance.now();
      requestAnimationFrame(tick);
    },
    pause() {
      isPlaying = false;
      root.classList.remove("is-playing");
      if (film) onTime(now, false);
    },
  };

  toggle.addEventListener("click", () => (isPlaying ? player.pause() : player.play()));
  range.addEventListener("input", () => player.seek(Number(range.value)));
  load(root.dataset.playerSrc).then(
    (loaded) => {
      film = loaded;
      range.max = String(Math.ceil(film.length));
      root.dataset.playerReady = "true";
      player.seek(wanted ?? 0);
    },
    (error) => {
      output.value = String(error.message);
    },
  );
  return player;
}
