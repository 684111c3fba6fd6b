import type { PropsWithChildren } from "hono/jsx";
import type { Preferences } from "../../db/domain/account-resources.ts";
import type { User } from "../../db/domain/resources.ts";
import { timeZones } from "../../db/domain/time-zones.ts";
import type { RefusedForm } from "../forms/refused.ts";
import { FormErrors, Note, Tabs } from "../parts/bits.tsx";
import { SelectField, TextField } from "../parts/field.tsx";
import { Text } from "../parts/text.tsx";

type PageProps = PropsWithChildren<{
  email: string;
  current: "profile" | "security" | "tokens";
  /** What was done a moment ago, in words. */
  done: string | null;
}>;

/** The frame of every page of one's own account. */
export function AccountPage({ email, current, done, children }: PageProps) {
  const tabs = [
    { href: "/account", label: "Profile", current: current === "profile" },
    { href: "/account/security", label: "Security", current: current === "security" },
    { href: "/account/tokens", label: "API tokens", current: current === "tokens" },
  ];
  return (
    <>
      <div class="head-text">
        <h1>Account</h1>
        <p class="meta">
          <Text of={email} />
        </p>
      </div>
      <Tabs label="Account" tabs={tabs} />
      {done ? <Note tone="passed" title={done} role="status" /> : null}
      <div class="settings">{children}</div>
    </>
  );
}

type ProfileProps = {
  user: User;
  name: string;
  preferences: Preferences;
  refused: RefusedForm | null;
};

export function Profile({ user, name, preferences, refused }: ProfileProps) {
  const errors = refused?.form === "profile" ? refused.errors : [];
  return (
    <>
      <section class="section" aria-labelledby="profile">
        <h2 id="profile">Profile</h2>
        <form class="form panel panel-pad" method="post" action="/account">
          {refused?.form === "profile" ? <FormErrors title={refused.fault} errors={[]} /> : null}
          <TextField
            name="name"
            label="Name"
            value={name}
            errors={errors}
            required
            maxlength={200}
            autocomplete="name"
          />
          <p class="hint">
            You sign in as <Text of={user.email} />. An administrator of the installation can change that.
          </p>
          <div class="actions">
            <button class="btn btn-primary" type="submit">
              Save
            </button>
          </div>
        </form>
      </section>
      <PreferencesForm preferences={preferences} refused={refused} />
    </>
  );
}

const themeLabels = { auto: "As the system", light: "Light", dark: "Dark" } as const;

function PreferencesForm({ preferences, refused }: Pick<ProfileProps, "preferences" | "refused">) {
  const errors = refused?.form === "preferences" ? refused.errors : [];
  const zones = timeZones().map((zone) => ({ value: zone, label: zone }));
  return (
    <section class="section" aria-labelledby="preferences">
      <h2 id="preferences">Preferences</h2>
      <form class="form panel panel-pad" method="post" action="/account/preferences">
        <SelectField
          name="theme"
          label="Theme"
          value={preferences.theme}
          options={Object.entries(themeLabels).map(([value, label]) => ({ value, label }))}
          errors={errors}
          hint="In every browser, from the next time you sign in."
        />
        <SelectField
          name="timeZone"
          label="Time zone"
          value={preferences.timeZone ?? ""}
          options={[{ value: "", label: "UTC, unless I say otherwise" }, ...zones]}
          errors={errors}
          hint="New schedules begin with it. Times on pages are in the time zone of your browser."
        />
        <div class="actions">
          <button class="btn" type="submit">
            Save preferences
          </button>
        </div>
      </form>
    </section>
  );
}
