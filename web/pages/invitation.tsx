import type { FieldError } from "../../db/domain/errors.ts";
import type { OpenInvitation } from "../../db/domain/tenancy.ts";
import { type AssetUrl, Document, type Theme } from "../layout.tsx";
import { Note } from "../parts/bits.tsx";
import { TextField } from "../parts/field.tsx";
import { Mark } from "../parts/icon.tsx";
import { PasswordField } from "../parts/password-field.tsx";
import { SignOnButton, type SignOnWay } from "../parts/sign-on-button.tsx";
import { Text } from "../parts/text.tsx";

export type InvitationProps = {
  /** Null when the link opens nothing. */
  invitation: OpenInvitation | null;
  token: string;
  /** The address with which somebody is signed in. */
  signedInAs: string | null;
  name: string;
  errors: readonly FieldError[];
  fault: string | null;
  /** By an OpenID provider, and back here. */
  signOn: SignOnWay | null;
  asset: AssetUrl;
  theme: Theme;
};

/** What an invitation is to, and how to accept it. */
export function InvitationPage(props: InvitationProps) {
  const { invitation, fault, asset, theme } = props;
  return (
    <Document title="Invitation" asset={asset} theme={theme}>
      <main class="door" id="main">
        <div class="door-form panel panel-pad">
          <p class="brand">
            <Mark />
            Verdict
          </p>
          <h1>Invitation</h1>
          {fault ? <Note tone="failed" title={fault} role="alert" /> : null}
          {invitation ? (
            <>
              <p>
                <Text of={invitation.email} /> is invited to <Text of={invitation.organization.name} /> as{" "}
                {invitation.role}.
              </p>
              <Way {...props} invitation={invitation} />
            </>
          ) : null}
        </div>
      </main>
    </Document>
  );
}

type WayProps = InvitationProps & { invitation: OpenInvitation };

function Way(props: WayProps) {
  const { invitation, token, signedInAs } = props;
  if (signedInAs === invitation.email) return <Accept token={token} />;
  if (signedInAs !== null) {
    return (
      <>
        <p>
          You are signed in as <Text of={signedInAs} />. Sign out, and open the link again.
        </p>
        <form method="post" action="/sign-out">
          <button class="btn" type="submit">
            Sign out
          </button>
        </form>
      </>
    );
  }
  const signOn = props.signOn ? <SignOnButton {...props.signOn} /> : null;
  const back = `/invitations/accept?token=${encodeURIComponent(token)}`;
  return (
    <>
      {invitation.hasAccount ? (
        <a class="btn btn-primary" href={`/sign-in?next=${encodeURIComponent(back)}`}>
          Sign in to accept
        </a>
      ) : (
        <NewAccount {...props} />
      )}
      {signOn}
    </>
  );
}

function Accept({ token }: { token: string }) {
  return (
    <form method="post" action="/invitations/accept">
      <input type="hidden" name="token" value={token} />
      <button class="btn btn-primary" type="submit">
        Accept
      </button>
    </form>
  );
}

function NewAccount({ token, name, errors, invitation }: WayProps) {
  return (
    <form class="stacked" method="post" action="/invitations/accept">
      <input type="hidden" name="token" value={token} />
      {/* For password managers: what the password is for. */}
      <input type="hidden" name="username" autocomplete="username" value={invitation.email} />
      <TextField
        name="name"
        label="Your name"
        value={name}
        errors={errors}
        required
        maxlength={200}
        autofocus
      />
      <PasswordField isNew errors={errors} />
      <button class="btn btn-primary" type="submit">
        Make the account and accept
      </button>
    </form>
  );
}
