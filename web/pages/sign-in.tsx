import { type AssetUrl, Document, type Theme } from "../layout.tsx";
import { Note } from "../parts/bits.tsx";
import { Mark } from "../parts/icon.tsx";

type Props = { next: string; email: string; fault: string | null; asset: AssetUrl; theme: Theme };

export function SignIn({ next, email, fault, asset, theme }: Props) {
  return (
    <Document title="Sign in" asset={asset} theme={theme}>
      <main class="door" id="main">
        <form class="door-form panel panel-pad" method="post" action="/sign-in">
          <p class="brand">
            <Mark />
            Verdict
          </p>
          <h1>Sign in</h1>
          {fault ? <Note tone="failed" title={fault} role="alert" /> : null}
          <input type="hidden" name="next" value={next} />
          <div class="field">
            <label for="email">E-mail address</label>
            <input
              class="input"
              id="email"
              name="email"
              type="email"
              autocomplete="username"
              required
              value={email}
              autofocus={email === ""}
            />
          </div>
          <div class="field">
            <label for="password">Password</label>
            <input
              class="input"
              id="password"
              name="password"
              type="password"
              autocomplete="current-password"
              required
              autofocus={email !== ""}
            />
          </div>
          <button class="btn btn-primary" type="submit">
            Sign in
          </button>
        </form>
      </main>
    </Document>
  );
}
