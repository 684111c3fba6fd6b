import { Door, DoorButton, type DoorLook } from "../parts/door.tsx";
import { TextField } from "../parts/field.tsx";
import { PasswordField } from "../parts/password-field.tsx";
import { SignOnButton, type SignOnWay } from "../parts/sign-on-button.tsx";

type Props = DoorLook & {
  next: string;
  email: string;
  fault: string | null;
  /** Whether anybody may register. */
  isOpen: boolean;
  signOn: SignOnWay | null;
};

export function SignIn({ next, email, fault, isOpen, signOn, ...look }: Props) {
  const ways = (
    <>
      <a href="/forgot-password">Forgot your password?</a>
      {isOpen ? <a href="/register">Register</a> : null}
    </>
  );
  return (
    <Door title="Sign in" action="/sign-in" fault={fault} ways={ways} {...look}>
      <input type="hidden" name="next" value={next} />
      <TextField
        name="email"
        label="E-mail address"
        type="email"
        autocomplete="username"
        required
        value={email}
        autofocus={email === ""}
        errors={[]}
      />
      <PasswordField autofocus={email !== ""} errors={[]} />
      <DoorButton label="Sign in" />
      {signOn ? <SignOnButton {...signOn} /> : null}
    </Door>
  );
}
