import type { SignOn } from "../../db/domain/sign-on.ts";
import type { WaysIn } from "../../db/services/sign-on-links.ts";
import { ActionButton, Note, TableBox } from "../parts/bits.tsx";
import { Door, DoorButton, type DoorLook } from "../parts/door.tsx";
import { TextField } from "../parts/field.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";

type PasswordProps = DoorLook & { email: string; provider: string; fault: string | null };

/** Between the provider and the dashboard, where an account has the address already. */
export function SignOnPassword({ email, provider, fault, ...look }: PasswordProps) {
  const ways = (
    <>
      <a href="/forgot-password">Forgot your password?</a>
      <a href="/sign-in">Back to signing in</a>
    </>
  );
  return (
    <Door title="Is this account yours?" action="/sign-in/single-sign-on" fault={fault} ways={ways} {...look}>
      <p>
        An account here has the address <Text of={email} /> already. Show its password this once; from then on{" "}
        <Text of={provider} /> opens it.
      </p>
      {/* For password managers: what the password is for. */}
      <input type="hidden" name="username" autocomplete="username" value={email} />
      <TextField
        name="password"
        label="Password"
        type="password"
        autocomplete="current-password"
        required
        autofocus
        errors={[]}
      />
      <DoorButton label="Link and sign in" />
    </Door>
  );
}

type SectionProps = {
  ways: WaysIn;
  /** Null where this installation has no provider. */
  provider: string | null;
  /** To link an account; null when who the person is has to be shown first. */
  linkHref: string | null;
  fault: string | null;
  now: Date;
};

/** On the page of security: which accounts at a provider open this one. */
export function SignOnSection({ ways, provider, linkHref, fault, now }: SectionProps) {
  const { signOns } = ways;
  if (provider === null && signOns.length === 0) return null;
  const canLink = provider !== null && !signOns.some(({ isUsable }) => isUsable);
  return (
    <section class="section" aria-labelledby="sign-ons">
      <h2 id="sign-ons">Single sign-on</h2>
      {fault ? <Note tone="failed" title={fault} role="alert" /> : null}
      {signOns.length === 0 ? null : <SignOnTable signOns={signOns} provider={provider} now={now} />}
      {canLink ? (
        <div class="panel panel-pad form">
          <p>
            Sign in here with your account at <Text of={provider} />.
            {ways.hasPassword ? " Your password goes on working." : null}
            {linkHref ? null : " Who you are is asked for first."}
          </p>
          <div class="actions">
            <a class="btn" href={linkHref ?? "/account/confirm?next=/account/security"}>
              <span>
                Link an account at <Text of={provider} />
              </span>
            </a>
          </div>
        </div>
      ) : null}
    </section>
  );
}

type TableProps = { signOns: readonly SignOn[]; provider: string | null; now: Date };

function SignOnTable({ signOns, provider, now }: TableProps) {
  return (
    <TableBox label="Linked accounts">
      <table class="list stack">
        <caption class="sr">Accounts at providers that open this one</caption>
        <thead>
          <tr>
            <th scope="col">Provider</th>
            <th scope="col">Account there</th>
            <th scope="col">Linked</th>
            <th scope="col">Used</th>
            <th scope="col">
              <span class="sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {signOns.map((signOn) => (
            <SignOnRow signOn={signOn} provider={provider} now={now} />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function SignOnRow({ signOn, provider, now }: { signOn: SignOn; provider: string | null; now: Date }) {
  const { id, issuer, email, isUsable, createdAt, lastUsedAt } = signOn;
  return (
    <tr>
      <td class="main-narrow">
        <b>
          <Text of={isUsable && provider !== null ? provider : issuer} />
        </b>{" "}
        {isUsable ? null : <span class="chip">not in use</span>}
        {isUsable ? (
          <div class="sub">
            <Text of={issuer} />
          </div>
        ) : null}
      </td>
      <td data-label="Account there">
        {email === null ? <span class="dim">no address</span> : <Text of={email} />}
      </td>
      <td data-label="Linked">
        <Ago at={createdAt} now={now} />
      </td>
      <td data-label="Used">
        {lastUsedAt === null ? <span class="dim">never</span> : <Ago at={lastUsedAt} now={now} />}
      </td>
      <td class="cell-actions">
        <ActionButton
          action={`/account/sign-ons/${id}/unlink`}
          label="Unlink"
          small
          confirm="Unlink it? Every other sign-in of yours ends."
        />
      </td>
    </tr>
  );
}

/** In the place of changing a password that there is none of. */
export function NoPassword() {
  return (
    <section class="section" aria-labelledby="password">
      <h2 id="password">Password</h2>
      <div class="panel panel-pad form">
        <p>
          You have none: single sign-on opens your account. A link in a mail sets one, and unlinks what is
          linked now.
        </p>
        <div class="actions">
          <a class="btn" href="/forgot-password">
            Set a password
          </a>
        </div>
      </div>
    </section>
  );
}
