import type { PropsWithChildren } from "hono/jsx";
import type { Organization, Project } from "../db/domain/resources.ts";
import { Icon, Mark } from "./parts/icon.tsx";
import { Text } from "./parts/text.tsx";
import { visibleText } from "./parts/visible-text.ts";

export type Theme = "light" | "dark" | "auto";
export type Section =
  | "overview"
  | "test-cases"
  | "suites"
  | "schedules"
  | "runs"
  | "snapshots"
  | "settings"
  | "jobs"
  | "workers";

export type PageHead = {
  title: string;
  project?: Project | null;
  section?: Section;
  /** Small modules of this page besides `ui.js`. */
  scripts?: readonly (
    | "live"
    | "live-view"
    | "live-pick"
    | "editor"
    | "steps"
    | "refresh"
    | "timeline"
    | "player"
    | "slider"
    | "snapshot"
  )[];
};

export type Shell = {
  email: string;
  seesJobs: boolean;
  managesInstallation: boolean;
  projects: readonly Project[];
  /** Of the caller; the first ones. */
  organizations: readonly Organization[];
  version: string;
  asset: AssetUrl;
  theme: Theme;
  path: string;
};

/** The address of a static file, with something behind it that changes when the file does. */
export type AssetUrl = (name: string) => string;

/**
 * htmx does less than it could: nothing is evaluated, no style is injected, the back button loads the page again, and the
 * answers to a refused form (409, 422) are shown.
 */
const htmxConfig = JSON.stringify({
  allowEval: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  scrollIntoViewOnBoost: false,
  timeout: 20_000,
  // A new part answers to keys and clicks at once.
  defaultSettleDelay: 0,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "4(09|22)", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});

export function assetsOf(version: string): AssetUrl {
  return (name) => `/static/${name}?v=${encodeURIComponent(version)}`;
}

type DocumentProps = PropsWithChildren<{
  title: string;
  asset: AssetUrl;
  theme: Theme;
  scripts?: readonly string[];
}>;

/** The document around every page, signed in or not. */
export function Document({ title, asset, theme, scripts = [], children }: DocumentProps) {
  return (
    <html lang="en" data-theme={theme === "auto" ? undefined : theme}>
      <head>
        <meta charset="utf-8" />
        <title>{`${visibleText(title)} · Verdict`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="same-origin" />
        <meta name="htmx-config" content={htmxConfig} />
        <link rel="icon" href={asset("icon.svg")} type="image/svg+xml" />
        <link rel="stylesheet" href={asset("app.css")} />
        <script src={asset("vendor/htmx.min.js")} defer />
        {["ui", ...scripts].map((name) => (
          <script type="module" src={asset(`${name}.js`)} />
        ))}
      </head>
      <body>{children}</body>
    </html>
  );
}

export function Layout({ head, shell, children }: PropsWithChildren<{ head: PageHead; shell: Shell }>) {
  const { version, asset, theme } = shell;
  return (
    <Document title={head.title} asset={asset} theme={theme} scripts={head.scripts ?? []}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="/projects" aria-label="Verdict: all projects">
          <Mark />
          <span class="brand-word">Verdict</span>
        </a>
        <ProjectSwitch project={head.project ?? null} projects={shell.projects} />
        <MainNav head={head} shell={shell} />
        <div class="tools">
          <ThemeSwitch path={shell.path} />
          <button class="btn btn-quiet btn-icon" type="button" data-help title="Keyboard shortcuts (?)">
            <Icon name="help" />
            <span class="sr">Keyboard shortcuts</span>
          </button>
          <UserMenu shell={shell} />
        </div>
      </header>
      <main class="page" id="main" tabindex={-1}>
        {children}
      </main>
      <footer class="foot">
        <span>Verdict {version}</span>
        <a href="/api/docs">API</a>
        <span>
          Press <kbd>?</kbd> for keys
        </span>
      </footer>
      <div class="toast" role="status" id="toast" />
      <HelpDialog />
    </Document>
  );
}

const projectSections = [
  ["overview", "", "Overview"],
  ["test-cases", "/test-cases", "Test cases"],
  ["suites", "/suites", "Suites"],
  ["schedules", "/schedules", "Schedules"],
  ["runs", "/runs", "Runs"],
  ["snapshots", "/snapshots", "Snapshots"],
  ["settings", "/settings", "Settings"],
] as const satisfies readonly (readonly [Section, string, string])[];

function MainNav({ head, shell }: { head: PageHead; shell: Shell }) {
  const project = head.project ?? null;
  const platform = [
    ["jobs", "/jobs", "Jobs"],
    ["workers", "/workers", "Workers"],
  ] as const;
  return (
    <nav class="nav" aria-label="Main">
      {project
        ? projectSections.map(([section, path, label]) => (
            <a
              href={`/projects/${project.id}${path}`}
              data-go={section}
              aria-current={head.section === section ? "page" : undefined}
            >
              {label}
            </a>
          ))
        : null}
      {shell.seesJobs
        ? platform.map(([section, path, label]) => (
            <a href={path} data-go={section} aria-current={head.section === section ? "page" : undefined}>
              {label}
            </a>
          ))
        : null}
    </nav>
  );
}

function ProjectSwitch({ project, projects }: { project: Project | null; projects: readonly Project[] }) {
  return (
    <details class="menu" data-menu>
      <summary>
        <span class="clip project-name">{project ? <Text of={project.name} /> : "Choose a project"}</span>
        <Icon name="expand" />
        <span class="sr">, choose another project</span>
      </summary>
      <div class="menu-box">
        {projects.map((item) => (
          <a href={`/projects/${item.id}`} aria-current={item.id === project?.id ? "true" : undefined}>
            <Text of={item.name} />
          </a>
        ))}
        {projects.length > 0 ? <hr /> : null}
        <a href="/projects">All projects</a>
        <a href="/projects/new">
          <Icon name="plus" />
          New project
        </a>
      </div>
    </details>
  );
}

function ThemeSwitch({ path }: { path: string }) {
  return (
    <form method="post" action="/theme" data-theme-switch>
      <input type="hidden" name="next" value={path} />
      <button class="btn btn-quiet btn-icon" type="submit" title="Switch between light and dark (t)">
        <Icon name="theme" />
        <span class="sr">Switch between light and dark</span>
      </button>
    </form>
  );
}

function UserMenu({ shell }: { shell: Shell }) {
  return (
    <details class="menu menu-end" data-menu>
      <summary title={shell.email}>
        <Icon name="user" />
        <span class="sr">Account of {shell.email}</span>
      </summary>
      <div class="menu-box">
        <p class="menu-label">
          Signed in as <Text of={shell.email} />
        </p>
        <a href="/account">Account</a>
        {shell.organizations.length > 0 ? <hr /> : null}
        {shell.organizations.map(({ id, name }) => (
          <a href={`/organizations/${id}/members`}>
            <Text of={name} />
          </a>
        ))}
        {shell.managesInstallation ? (
          <>
            <hr />
            <a href="/installation">Installation</a>
            <a href="/users">Accounts</a>
            <a href="/tenants">All organizations</a>
            <a href="/audit-logs">Audit log of the installation</a>
          </>
        ) : null}
        <hr />
        <a href="/api/docs">API documentation</a>
        <hr />
        <form method="post" action="/sign-out">
          <button type="submit">Sign out</button>
        </form>
      </div>
    </details>
  );
}

const keys: readonly (readonly [readonly string[], string])[] = [
  [["/"], "Search this list"],
  [["t"], "Light or dark"],
  [["g", "o"], "Overview"],
  [["g", "t"], "Test cases"],
  [["g", "s"], "Suites"],
  [["g", "c"], "Schedules"],
  [["g", "r"], "Runs"],
  [["g", "v"], "Snapshots"],
  [["g", "q"], "Jobs"],
  [["j"], "Next step of an execution (or ↓)"],
  [["k"], "Step before it (or ↑)"],
  [["f"], "Next failed step"],
  [["Space"], "Play or pause a film (← and → a second, , and . a picture)"],
  [["→"], "Unfold what is inside of a step (or ←)"],
  [["Esc"], "All of the time again"],
  [["["], "Previous failure of the run"],
  [["]"], "Next failure of the run"],
  [["a"], "Approve a snapshot (or x: reject it)"],
  [["1"], "Ways to compare a snapshot (to 4; b turns to the other picture)"],
  [["p"], "Pause a running page, or let it go on"],
  [["n"], "One step of a paused page"],
  [["Alt", "↑"], "In the editor: move the step up (or ↓)"],
  [["?"], "This list"],
];

function HelpDialog() {
  return (
    <dialog class="help" id="help" aria-labelledby="help-title">
      <h2 id="help-title">Keyboard shortcuts</h2>
      <dl class="keys">
        {keys.map(([strokes, meaning]) => (
          <>
            <dt>
              {strokes.map((stroke, index) => (
                <>
                  {index > 0 ? " " : null}
                  <kbd>{stroke}</kbd>
                </>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </>
        ))}
      </dl>
      <form method="dialog">
        <button class="btn" type="submit">
          Close
        </button>
      </form>
    </dialog>
  );
}
