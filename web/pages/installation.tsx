import type { OpenedMail, PlatformSettings, UnsentMail } from "../../db/domain/account-resources.ts";
import type { Page } from "../../db/domain/queries.ts";
import { ActionButton, ActionsHead, Empty, Note, Pager, TableBox } from "../parts/bits.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { withQuery } from "../site.tsx";

type Props = {
  settings: PlatformSettings;
  mail: Page<UnsentMail>;
  path: string;
  now: Date;
  done: string | null;
};

export function Installation({ settings, mail, path, now, done }: Props) {
  return (
    <>
      <div class="head-text">
        <h1>Installation</h1>
        <p class="meta">What holds for everybody here.</p>
      </div>
      {done ? <Note tone="passed" title={done} role="status" /> : null}
      <div class="settings">
        <RegistrationSwitch isOpen={settings.registrationOpen} />
        <section class="section" aria-labelledby="mail">
          <h2 id="mail">Mail that was not sent</h2>
          <p class="hint">
            Of the last week. A mail may hold a link that signs somebody in: that you have read it is in the
            audit log.
          </p>
          {mail.items.length === 0 ? (
            <Empty title="Nothing waits here">
              Mail that could not be sent, or for which there is no mail server, is kept here.
            </Empty>
          ) : (
            <MailTable mail={mail.items} now={now} />
          )}
          <Pager
            shown={mail.items.length}
            next={mail.nextCursor ? withQuery(path, { cursor: mail.nextCursor }) : null}
            first={path.includes("cursor=") ? "/installation" : null}
          />
        </section>
      </div>
    </>
  );
}

function RegistrationSwitch({ isOpen }: { isOpen: boolean }) {
  return (
    <section class="section" aria-labelledby="registration">
      <h2 id="registration">Registration</h2>
      <form class="form panel panel-pad" method="post" action="/installation">
        <label class="check">
          <input type="checkbox" name="registrationOpen" value="true" checked={isOpen} />
          Anybody may register
        </label>
        <p class="hint">With an address that they can read mail at. Otherwise administrators add people.</p>
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            Save
          </button>
        </div>
      </form>
    </section>
  );
}

function MailTable({ mail, now }: { mail: readonly UnsentMail[]; now: Date }) {
  return (
    <TableBox label="Mail that was not sent">
      <table class="list stack">
        <caption class="sr">Mail that was not sent</caption>
        <thead>
          <tr>
            <th scope="col">To</th>
            <th scope="col">About</th>
            <th scope="col">Why</th>
            <th scope="col">Written</th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {mail.map((item) => (
            <tr>
              <td class="main-narrow">
                <a href={`/installation/mail/${item.id}`}>
                  <Text of={item.recipient} />
                </a>
              </td>
              <td data-label="About">{titleOf(item.template)}</td>
              <td data-label="Why">
                <Text of={item.reason ?? ""} />
              </td>
              <td data-label="Written">
                <Ago at={item.createdAt} now={now} />
              </td>
              <td class="cell-actions">
                <ActionButton action={`/installation/mail/${item.id}/retry`} label="Try again" small />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

const titles: Readonly<Record<string, string>> = {
  "confirm-address": "Confirm an address",
  "address-known": "Address is registered already",
  "set-password": "Set a new password",
  "password-changed": "Password was changed",
  invitation: "Invitation",
  "two-factor-changed": "One-time codes on or off",
  "two-factor-reset": "One-time codes turned off by an administrator",
  "sign-on-changed": "Single sign-on linked or unlinked",
};

function titleOf(template: string): string {
  return titles[template] ?? template;
}

export function MailPage({ mail, now }: { mail: OpenedMail; now: Date }) {
  return (
    <>
      <div class="head">
        <div class="head-text">
          <h1>{mail.subject}</h1>
          <p class="meta">
            To <Text of={mail.recipient} />, written <Ago at={mail.createdAt} now={now} />
          </p>
        </div>
        <ActionButton action={`/installation/mail/${mail.id}/retry`} label="Try again" icon="retry" />
      </div>
      <Note tone="error" title="This mail was not sent">
        <p>
          <Text of={mail.reason ?? ""} />
        </p>
      </Note>
      {mail.link ? (
        <section class="section" aria-labelledby="link">
          <h2 id="link">Its link</h2>
          <p class="hint">
            Hand it to the person themselves. It works once, and whoever has it can act in their name.
          </p>
          <pre class="panel panel-pad">{mail.link}</pre>
        </section>
      ) : null}
      <section class="section" aria-labelledby="text">
        <h2 id="text">What it says</h2>
        <pre class="panel panel-pad">
          <Text of={mail.text} />
        </pre>
      </section>
    </>
  );
}
