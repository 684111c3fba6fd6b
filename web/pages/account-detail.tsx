import type { FieldError } from "../../db/domain/errors.ts";
import type { AccountDetail } from "../../db/domain/tenancy.ts";
import { FormErrors, Note } from "../parts/bits.tsx";
import { TextField } from "../parts/field.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";

export type AccountDetailProps = {
  account: AccountDetail;
  /** What was done a moment ago, in words. */
  done: string | null;
  refused: { fault: string; errors: readonly FieldError[]; reason: string } | null;
  now: Date;
};

/** One account, for those who run the installation: what it is, and the ways into it. */
export function AccountDetailPage(props: AccountDetailProps) {
  const { account, done, refused } = props;
  return (
    <>
      <div class="head-text">
        <h1>
          <Text of={account.name} />
        </h1>
        <p class="meta">
          <Text of={account.email} />
        </p>
      </div>
      {done && !refused ? <Note tone="passed" title={done} role="status" /> : null}
      <div class="settings">
        <Facts {...props} />
        <TwoFactorReset {...props} />
        <p>
          <a href="/users">Back to the accounts</a>
        </p>
      </div>
    </>
  );
}

function Facts({ account, now }: AccountDetailProps) {
  const { platformRole, disabledAt, createdAt, hasPassword, twoFactorSince, signOns } = account;
  return (
    <section class="section" aria-labelledby="facts">
      <h2 id="facts">Account</h2>
      <dl class="facts">
        <dt>Role on the platform</dt>
        <dd>{platformRole}</dd>
        <dt>State</dt>
        <dd>
          {disabledAt === null ? (
            "enabled"
          ) : (
            <>
              disabled <Ago at={disabledAt} now={now} />
            </>
          )}
        </dd>
        <dt>Made</dt>
        <dd>
          <Ago at={createdAt} now={now} />
        </dd>
        <dt>Password</dt>
        <dd>{hasPassword ? "set" : "none"}</dd>
        <dt>One-time codes</dt>
        <dd>
          {twoFactorSince === null ? (
            "off"
          ) : (
            <>
              on since <Ago at={twoFactorSince} now={now} />
            </>
          )}
        </dd>
        <dt>Single sign-on</dt>
        <dd>
          {signOns.length === 0
            ? "not linked"
            : signOns.map(({ issuer, email, isUsable }) => (
                <div>
                  <Text of={email === null ? issuer : `${email} at ${issuer}`} />
                  {isUsable ? null : <span class="chip">not in use</span>}
                </div>
              ))}
        </dd>
      </dl>
    </section>
  );
}

function TwoFactorReset({ account, refused }: AccountDetailProps) {
  if (account.twoFactorSince === null) return null;
  return (
    <section class="section" aria-labelledby="reset">
      <h2 id="reset">Turn one-time codes off</h2>
      <form
        class="form panel panel-pad"
        method="post"
        action={`/users/${account.id}/two-factor-reset`}
        data-confirm={"Turn one-time codes off for this account? Every sign-in of it ends."}
      >
        {refused ? <FormErrors title={refused.fault} errors={[]} /> : null}
        <p>
          For somebody who has lost their device and the recovery codes. Make sure that it is that person who
          asks: from then on signing in needs no code. Every sign-in ends, and a mail tells of it.
        </p>
        <TextField
          name="reason"
          label="Reason"
          value={refused?.reason ?? ""}
          required
          maxlength={500}
          hint="It stands in the mail and in the audit log."
          errors={refused?.errors ?? []}
        />
        <div class="actions">
          <button class="btn btn-danger" type="submit">
            Turn off
          </button>
        </div>
      </form>
    </section>
  );
}
