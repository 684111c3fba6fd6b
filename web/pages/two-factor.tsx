import type { TwoFactor } from "../../db/domain/account-resources.ts";
import type { FieldError } from "../../db/domain/errors.ts";
import type { RefusedForm } from "../forms/refused.ts";
import { ActionButton, FormErrors, Note } from "../parts/bits.tsx";
import { Door, DoorButton, type DoorLook } from "../parts/door.tsx";
import { TextField } from "../parts/field.tsx";
import { plural } from "../parts/figures.ts";
import { PasswordField } from "../parts/password-field.tsx";
import { QrCode } from "../parts/qr-code.tsx";
import type { SignOnWay } from "../parts/sign-on-button.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";

type SectionProps = { state: TwoFactor; refused: RefusedForm | null; now: Date };

/** On the page of security: whether codes are on, and the ways to change that. */
export function TwoFactorSection({ state, refused, now }: SectionProps) {
  const own = refused?.form === "two-factor" ? refused : null;
  return (
    <section class="section" aria-labelledby="two-factor">
      <h2 id="two-factor">One-time codes</h2>
      {state.enabledAt === null ? (
        <div class="panel panel-pad form">
          <p>
            Off. With them, signing in needs a code of your telephone as well: who has your password alone
            does not get in.
          </p>
          <div class="actions">
            <ActionButton action="/account/2fa/setup" label="Set up" look="primary" />
          </div>
        </div>
      ) : (
        <div class="panel panel-pad form">
          <p>
            On since <Ago at={state.enabledAt} now={now} />, with{" "}
            {plural(state.recoveryCodesLeft, "recovery code")} left.
          </p>
          {state.recoveryCodesLeft < 3 ? (
            <Note tone="error" title="Few recovery codes are left">
              <p>Without one, a lost telephone means asking an administrator.</p>
            </Note>
          ) : null}
          <div class="actions">
            <ActionButton
              action="/account/2fa/recovery-codes"
              label="New recovery codes"
              confirm="Make new recovery codes? The old ones stop working."
            />
          </div>
          <form class="form" method="post" action="/account/2fa/disable">
            {own ? <FormErrors title={own.fault} errors={[]} /> : null}
            <CodeField errors={own?.errors ?? []} label="Code, to turn them off" />
            <div class="actions">
              <button class="btn btn-danger" type="submit">
                Turn off
              </button>
            </div>
          </form>
        </div>
      )}
    </section>
  );
}

function CodeField(props: {
  errors: readonly FieldError[];
  label: string;
  hint?: string;
  autofocus?: boolean;
}) {
  return (
    <TextField
      name="code"
      label={props.label}
      errors={props.errors}
      autocomplete="one-time-code"
      hint={props.hint ?? "Six digits, or a recovery code."}
      maxlength={100}
      required
      mono
      {...(props.autofocus ? { autofocus: true } : {})}
    />
  );
}

type SetupProps = { secret: string; otpauthUrl: string; errors: readonly FieldError[]; fault: string | null };

export function TwoFactorSetup({ secret, otpauthUrl, errors, fault }: SetupProps) {
  return (
    <>
      <div class="head-text">
        <h1>Set up one-time codes</h1>
        <p class="meta">With an authenticator on your telephone, or in your password manager.</p>
      </div>
      <form class="form panel panel-pad" method="post" action="/account/2fa/enable">
        {fault ? <FormErrors title={fault} errors={[]} /> : null}
        <p>Scan this with it, or type the key.</p>
        <QrCode text={otpauthUrl} label="QR code for your authenticator" />
        <p>
          Key: <code>{secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
        </p>
        <CodeField errors={errors} label="Code that it shows" hint="Six digits." autofocus />
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            Turn on
          </button>
          <a class="btn" href="/account/security">
            Not now
          </a>
        </div>
      </form>
    </>
  );
}

export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  return (
    <>
      <div class="head-text">
        <h1>Recovery codes</h1>
        <p class="meta">Each signs you in once without your telephone.</p>
      </div>
      <Note
        tone="passed"
        title="One-time codes are on. Keep these where your telephone is not."
        role="status"
      >
        <p>They are shown this once.</p>
      </Note>
      <ul class="panel panel-pad codes">
        {codes.map((code) => (
          <li>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="actions">
        <a class="btn btn-primary" href="/account/security">
          I have kept them
        </a>
      </div>
    </>
  );
}

type CodePageProps = DoorLook & { challenge: string; next: string; fault: string | null };

/** Between the password and the dashboard. */
export function SignInCode({ challenge, next, fault, ...look }: CodePageProps) {
  const ways = <a href="/sign-in">Start again</a>;
  return (
    <Door title="One-time code" action="/sign-in/code" fault={fault} ways={ways} {...look}>
      <input type="hidden" name="challenge" value={challenge} />
      <input type="hidden" name="next" value={next} />
      <CodeField errors={[]} label="Code of your authenticator" autofocus />
      <DoorButton label="Sign in" />
    </Door>
  );
}

type ConfirmProps = {
  next: string;
  hasPassword: boolean;
  /** The same at the provider; null where none is linked. */
  signOn: SignOnWay | null;
  fault: string | null;
  errors: readonly FieldError[];
};

/** Asked for before changes that would let a thief stay. */
export function ConfirmPassword({ next, hasPassword, signOn, fault, errors }: ConfirmProps) {
  return (
    <>
      <div class="head-text">
        <h1>{hasPassword ? "Your password once more" : "Show once more who you are"}</h1>
        <p class="meta">
          What you are about to change opens your account. You are not asked again for ten minutes.
        </p>
      </div>
      {fault ? <Note tone="failed" title={fault} role="alert" /> : null}
      {hasPassword ? <PasswordOnceMore next={next} errors={errors} /> : null}
      {signOn ? (
        <div class="actions">
          <a class={hasPassword ? "btn" : "btn btn-primary"} href={signOn.href}>
            <span>
              Sign in once more with <Text of={signOn.provider} />
            </span>
          </a>
        </div>
      ) : null}
      {hasPassword || signOn ? null : (
        <p>
          You have no password. <a href="/forgot-password">Set one by a link in a mail</a>, and sign in with
          it.
        </p>
      )}
    </>
  );
}

function PasswordOnceMore({ next, errors }: Pick<ConfirmProps, "next" | "errors">) {
  return (
    <form class="form panel panel-pad" method="post" action="/account/confirm">
      <input type="hidden" name="next" value={next} />
      <PasswordField autofocus errors={errors} />
      <div class="actions">
        <button class="btn btn-primary" type="submit">
          Go on
        </button>
      </div>
    </form>
  );
}
