import type { SignInSession } from "../../db/domain/account-resources.ts";
import { limits } from "../../db/domain/limits.ts";
import type { RefusedForm } from "../forms/refused.ts";
import { ActionButton, ActionsHead, FormErrors, TableBox } from "../parts/bits.tsx";
import { plural } from "../parts/figures.ts";
import { PasswordField } from "../parts/password-field.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";

export function PasswordForm({ refused }: { refused: RefusedForm | null }) {
  const own = refused?.form === "password" ? refused : null;
  return (
    <section class="section" aria-labelledby="password">
      <h2 id="password">Password</h2>
      <form class="form panel panel-pad" method="post" action="/account/password">
        {own ? <FormErrors title={own.fault} errors={[]} /> : null}
        <PasswordField name="currentPassword" label="Current password" errors={own?.errors ?? []} />
        <PasswordField
          name="newPassword"
          label="New password"
          isNew
          hint={`${limits.passwordCharsMin} characters or more. Every other sign-in ends when you change it, and every API token that you do not keep.`}
          errors={own?.errors ?? []}
        />
        <label class="check">
          <input type="checkbox" name="keepApiTokens" value="true" />
          Keep my API tokens
        </label>
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            Change the password
          </button>
        </div>
      </form>
    </section>
  );
}

export function SignIns({ sessions, now }: { sessions: readonly SignInSession[]; now: Date }) {
  const others = sessions.filter(({ isCurrent }) => !isCurrent).length;
  return (
    <section class="section" aria-labelledby="sessions">
      <h2 id="sessions">Sign-ins</h2>
      <p class="hint">Browsers, and programs with tokens of their own. Ending one takes effect at once.</p>
      <TableBox label="Sign-ins">
        <table class="list stack">
          <caption class="sr">Sign-ins</caption>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Address</th>
              <th scope="col">Signed in</th>
              <th scope="col">Used</th>
              <ActionsHead />
            </tr>
          </thead>
          <tbody>
            {sessions.map((session) => (
              <SignInRow session={session} now={now} />
            ))}
          </tbody>
        </table>
      </TableBox>
      {others > 0 ? (
        <div class="actions">
          <ActionButton
            action="/account/sessions/end-others"
            label={`End ${others === 1 ? "the other one" : `the ${others} others`}`}
            look="danger"
            confirm={`End ${plural(others, "other sign-in")}? This one stays.`}
          />
        </div>
      ) : null}
    </section>
  );
}

function SignInRow({ session, now }: { session: SignInSession; now: Date }) {
  const { id, kind, method, userAgent, address, createdAt, lastUsedAt, isCurrent } = session;
  return (
    <tr>
      <td class="main-narrow">
        <b>{kind === "browser" ? "Browser" : "Program"}</b>{" "}
        {isCurrent ? <span class="chip">this one</span> : null}
        <div class="sub">
          <Text of={deviceOf(userAgent)} />
          {method === "sign-on" ? ", by single sign-on" : null}
        </div>
      </td>
      <td data-label="Address">{address ? <Text of={address} /> : <span class="dim">not known</span>}</td>
      <td data-label="Signed in">
        <Ago at={createdAt} now={now} />
      </td>
      <td data-label="Used">
        <Ago at={lastUsedAt} now={now} />
      </td>
      <td class="cell-actions">
        <ActionButton
          action={`/account/sessions/${id}/end`}
          label={isCurrent ? "Sign out" : "End"}
          small
          confirm={isCurrent ? "Sign out here?" : `End the sign-in of ${visibleText(deviceOf(userAgent))}?`}
        />
      </td>
    </tr>
  );
}

const browsers = [
  ["Edge", /\bEdgA?\/(\d+)/],
  ["Opera", /\bOPR\/(\d+)/],
  ["Firefox", /\bFirefox\/(\d+)/],
  ["Chrome", /\bChrome\/(\d+)/],
  ["Safari", /\bVersion\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari\//],
] as const;
const systems = [
  ["Android", /Android/],
  ["iOS", /iPhone|iPad/],
  ["Windows", /Windows/],
  ["macOS", /Mac OS X/],
  ["Linux", /Linux/],
] as const;

/** Exposed for its test: what people call the thing with this user agent; as it names itself where that is not known. */
export function deviceOf(userAgent: string | null): string {
  if (!userAgent) return "not known";
  const system = systems.find(([, pattern]) => pattern.test(userAgent))?.[0];
  for (const [name, pattern] of browsers) {
    const version = pattern.exec(userAgent)?.[1];
    if (version) return `${name} ${version}${system ? ` on ${system}` : ""}`;
  }
  return userAgent.slice(0, 80);
}
