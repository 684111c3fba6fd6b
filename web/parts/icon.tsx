import type { JSX } from "hono/jsx/jsx-runtime";

const ring = <circle cx="8" cy="8" r="6.2" />;

/** Every picture of the product: 16 x 16, drawn with the current colour. A word always stands beside or behind it. */
const shapes = {
  passed: (
    <>
      {ring}
      <path d="M5.2 8.2l2 2 3.6-4" />
    </>
  ),
  failed: (
    <>
      {ring}
      <path d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4" />
    </>
  ),
  flaky: <path d="M1.8 9.5l2.6-4 2.6 6 2.6-7 2.2 5 2.4-2" />,
  error: (
    <>
      <path d="M8 2l6.2 11.4H1.8z" />
      <path d="M8 6.4v3.4M8 11.6v.1" />
    </>
  ),
  cancelled: (
    <>
      {ring}
      <path d="M3.8 12.2l8.4-8.4" />
    </>
  ),
  skipped: <path d="M3 4l4.5 4L3 12M8.5 4L13 8l-4.5 4" />,
  queued: (
    <>
      {ring}
      <path d="M8 4.6V8l2.2 1.6" />
    </>
  ),
  running: <path class="spin" d="M8 1.8a6.2 6.2 0 1 1-6.2 6.2" />,
  pending: <circle cx="8" cy="8" r="6.2" stroke-dasharray="2 2.4" />,
  lost: (
    <path d="M6.5 9.5L3 13M9.5 6.5L13 3M5 7.5L8.5 11 7 12.4a2.5 2.5 0 0 1-3.5 0 2.5 2.5 0 0 1 0-3.5zM11 8.5L7.5 5 9 3.6a2.5 2.5 0 0 1 3.5 3.5z" />
  ),
  quarantined: (
    <>
      <rect x="3" y="7" width="10" height="6.5" rx="1" />
      <path d="M5.2 7V5.2a2.8 2.8 0 0 1 5.6 0V7" />
    </>
  ),
  draft: <path d="M3 13l.6-2.8 6.9-6.9 2.2 2.2-6.9 6.9z" />,
  active: <circle cx="8" cy="8" r="3.2" fill="currentColor" />,
  deprecated: <path d="M2.5 4.5h11M3.5 4.5v8.5h9V4.5M6.5 7.5h3" />,
  play: <path d="M4.5 2.8v10.4L13 8z" />,
  pause: <path d="M5.5 3v10M10.5 3v10" stroke-width="2.2" />,
  pointer: <path d="M4 2.5l8.5 6.2-4 .6-2.3 3.6z" />,
  stop: <rect x="3.8" y="3.8" width="8.4" height="8.4" rx="1" />,
  retry: <path d="M13 3v3.6H9.4M13 6.6A5.4 5.4 0 1 0 13.2 9.6" />,
  plus: <path d="M8 3v10M3 8h10" />,
  up: <path d="M8 13V3.4M4 7.2l4-4 4 4" />,
  down: <path d="M8 3v9.6M4 8.8l4 4 4-4" />,
  left: <path d="M10 3L5 8l5 5" />,
  right: <path d="M6 3l5 5-5 5" />,
  expand: <path d="M3.5 6l4.5 4.5L12.5 6" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.2" />
      <path d="M10.5 5.5v-3h-8v8h3" />
    </>
  ),
  trash: <path d="M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4M6.7 6.8v4M9.3 6.8v4" />,
  edit: <path d="M3 13l.6-2.8 6.9-6.9 2.2 2.2-6.9 6.9zM9 4.8L11.2 7" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.4" />
      <path d="M10.3 10.3L13.8 13.8" />
    </>
  ),
  theme: (
    <>
      {ring}
      <path d="M8 1.8v12.4a6.2 6.2 0 0 0 0-12.4z" fill="currentColor" />
    </>
  ),
  help: (
    <>
      {ring}
      <path d="M6.2 6.3a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.7-.8 1.3M8 11.4v.1" />
    </>
  ),
  user: (
    <>
      <circle cx="8" cy="5.4" r="2.8" />
      <path d="M2.6 13.8c.8-2.8 2.8-4 5.4-4s4.6 1.2 5.4 4" />
    </>
  ),
  grip: <path d="M6 3.5v.1M10 3.5v.1M6 8v.1M10 8v.1M6 12.5v.1M10 12.5v.1" stroke-width="2.2" />,
  link: (
    <path d="M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.4-2.4a2.6 2.6 0 0 0-3.7-3.7L8.1 4.2M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.1 9.2a2.6 2.6 0 0 0 3.7 3.7l1.1-1.1" />
  ),
  off: <path d="M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4zM3 13L13 3" />,
  on: (
    <>
      <path d="M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4z" />
      <circle cx="8" cy="8" r="1.8" />
    </>
  ),
  more: <path d="M3 8v.1M8 8v.1M13 8v.1" stroke-width="2.4" />,
  info: (
    <>
      {ring}
      <path d="M8 7.4v3.8M8 4.8v.1" />
    </>
  ),
  cross: <path d="M4 4l8 8M12 4l-8 8" />,
  import: <path d="M8 2.5v7.5M4.8 7L8 10.2 11.2 7M2.5 13.5h11" />,
  camera: (
    <>
      <rect x="1.8" y="4.2" width="12.4" height="9" rx="1.2" />
      <circle cx="8" cy="8.7" r="2.4" />
      <path d="M5.6 4.2L6.6 2.6h2.8l1 1.6" />
    </>
  ),
  archive: <path d="M2 3h12v3H2zM3 6v7.5h10V6M6.3 9h3.4" />,
} satisfies Record<string, JSX.Element>;

export type IconName = keyof typeof shapes;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="i" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {shapes[name]}
    </svg>
  );
}

/** The mark of the product. */
export function Mark() {
  return (
    <svg class="i" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <rect x="1.5" y="1.5" width="17" height="17" rx="4.5" fill="currentColor" stroke="none" />
      <path d="M5.5 6l4.2 8L15 4.6" class="mark-tick" />
    </svg>
  );
}
