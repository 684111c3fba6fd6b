import type { FieldError } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import { Door, DoorButton, type DoorLook } from "../parts/door.tsx";
import { TextField } from "../parts/field.tsx";
import { PasswordField } from "../parts/password-field.tsx";
import { Text } from "../parts/text.tsx";

type Refusal = { fault: string | null; errors: readonly FieldError[] };

const back = <a href="/sign-in">Back to signing in</a>;
const passwordHint = `${limits.passwordCharsMin} characters or more. A few words that nobody would guess are best.`;

type RegisterProps = DoorLook & Refusal & { name: string; email: string };

export function Register({ name, email, fault, errors, ...look }: RegisterProps) {
  return (
    <Door title="Register" action="/register" fault={fault} ways={back} {...look}>
      <TextField
        name="name"
        label="Name"
        autocomplete="name"
        required
        value={name}
        maxlength={200}
        errors={errors}
      />
      <TextField
        name="email"
        label="E-mail address"
        type="email"
        autocomplete="username"
        required
        value={email}
        errors={errors}
      />
      <PasswordField isNew hint={passwordHint} errors={errors} />
      <DoorButton label="Register" />
    </Door>
  );
}

export function RegistrationClosed(look: DoorLook) {
  return (
    <Door title="Registration is closed" ways={back} {...look}>
      <p>Ask an administrator of this installation for an account.</p>
    </Door>
  );
}

type ForgotProps = DoorLook & Refusal & { email: string };

export function ForgotPassword({ email, fault, errors, ...look }: ForgotProps) {
  return (
    <Door title="Forgot your password?" action="/forgot-password" fault={fault} ways={back} {...look}>
      <p class="hint">You get a link that sets a new one. It works for half an hour.</p>
      <TextField
        name="email"
        label="E-mail address"
        type="email"
        autocomplete="username"
        required
        value={email}
        autofocus
        errors={errors}
      />
      <DoorButton label="Send the link" />
    </Door>
  );
}

/** The same for an address that is known and for one that is not. */
export function LinkSent({
  email,
  what,
  ...look
}: DoorLook & { email: string; what: "account" | "password" }) {
  return (
    <Door title="Look into your mail" ways={back} {...look}>
      {what === "password" ? (
        <p>
          If <Text of={email} /> has an account here, a link that sets a new password is on its way.
        </p>
      ) : (
        <p>
          A link is on its way to <Text of={email} />. The account is made when you open it.
        </p>
      )}
      <p class="hint">
        Nothing after a few minutes? Look among unwanted mail. An installation without a mail server leaves
        the link with its administrator.
      </p>
    </Door>
  );
}

type ResetProps = DoorLook & Refusal & { token: string };

export function ResetPassword({ token, fault, errors, ...look }: ResetProps) {
  return (
    <Door title="Set a new password" action="/reset-password" fault={fault} ways={back} {...look}>
      <input type="hidden" name="token" value={token} />
      <PasswordField label="New password" isNew autofocus hint={passwordHint} errors={errors} />
      <DoorButton label="Set the password" />
    </Door>
  );
}

/** A link is opened by machines that look through mail as well, so that opening it does nothing yet. */
export function ConfirmAddress({
  token,
  fault,
  ...look
}: DoorLook & { token: string; fault: string | null }) {
  return (
    <Door title="Confirm your address" action="/verify-email" fault={fault} ways={back} {...look}>
      <input type="hidden" name="token" value={token} />
      <p>This makes your account. You can sign in afterwards.</p>
      <DoorButton label="Make the account" />
    </Door>
  );
}

export function DoorDone({ title, text, ...look }: DoorLook & { title: string; text: string }) {
  return (
    <Door title={title} {...look}>
      <p>{text}</p>
      <a class="btn btn-primary" href="/sign-in">
        Sign in
      </a>
    </Door>
  );
}
