import type { ApiToken } from "../../db/domain/account-resources.ts";
import { limits } from "../../db/domain/limits.ts";
import type { TokenScope } from "../../db/domain/permissions.ts";
import type { Organization } from "../../db/domain/resources.ts";
import type { RefusedForm } from "../forms/refused.ts";
import { ActionButton, ActionsHead, Empty, FormErrors, Note, TableBox } from "../parts/bits.tsx";
import { SelectField, TextField } from "../parts/field.tsx";
import { Text } from "../parts/text.tsx";
import { Ago, Until } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";

type Props = {
  tokens: readonly ApiToken[];
  organizations: readonly Organization[];
  /** A token that was made just now. */
  made: string | null;
  refused: RefusedForm | null;
  now: Date;
};

export function ApiTokens({ tokens, organizations, made, refused, now }: Props) {
  return (
    <>
      {made ? (
        <Note tone="passed" title="Your new token. It is shown this once." role="status">
          <pre id="new-token">{made}</pre>
        </Note>
      ) : null}
      <section class="section" aria-labelledby="tokens">
        <h2 id="tokens">API tokens</h2>
        <p class="hint">
          For programs: <code>verdict login --token</code>, or <code>Authorization: Bearer vdt_…</code>. A
          token does what you may at that moment, within its scopes.
        </p>
        {tokens.length === 0 ? (
          <Empty title="No tokens yet">
            Make one for a build or a script, so that it does not need your password.
          </Empty>
        ) : (
          <TokenTable tokens={tokens} organizations={organizations} now={now} />
        )}
      </section>
      <NewToken organizations={organizations} refused={refused} />
    </>
  );
}

function TokenTable({ tokens, organizations, now }: Pick<Props, "tokens" | "organizations" | "now">) {
  return (
    <TableBox label="API tokens">
      <table class="list stack">
        <caption class="sr">API tokens</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">May</th>
            <th scope="col">Used</th>
            <th scope="col">Ends</th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr>
              <td class="main-narrow">
                <b>
                  <Text of={token.name} />
                </b>
                <div class="sub">
                  <code>{token.hint}…</code>
                  {token.organizationId ? (
                    <span>
                      only <Text of={nameOf(organizations, token.organizationId)} />
                    </span>
                  ) : null}
                </div>
              </td>
              <td data-label="May">{token.scopes.join(", ")}</td>
              <td data-label="Used">
                {token.lastUsedAt ? <Ago at={token.lastUsedAt} now={now} /> : <span class="dim">never</span>}
              </td>
              <td data-label="Ends">
                {new Date(token.expiresAt) > now ? (
                  <Until at={token.expiresAt} now={now} />
                ) : (
                  <span class="tone t-error">expired</span>
                )}
              </td>
              <td class="cell-actions">
                <ActionButton
                  action={`/account/tokens/${token.id}/delete`}
                  label="Delete"
                  small
                  confirm={`Delete the token “${visibleText(token.name)}”? Programs that use it stop at once.`}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function nameOf(organizations: readonly Organization[], id: string): string {
  return (
    organizations.find((organization) => organization.id === id)?.name ?? "an organization that you have left"
  );
}

const scopeTexts: readonly (readonly [Exclude<TokenScope, "read">, string])[] = [
  ["run", "Start, stop and control runs"],
  ["write", "Change tests, suites, schedules and environments"],
  ["admin", "Everything else that you may, secrets and projects among it"],
];

function NewToken({ organizations, refused }: Pick<Props, "organizations" | "refused">) {
  const errors = refused?.errors ?? [];
  const places = organizations.map(({ id, name }) => ({ value: id, label: `Only ${visibleText(name)}` }));
  return (
    <section class="section" aria-labelledby="new-token-title">
      <h2 id="new-token-title">New token</h2>
      <form class="form panel panel-pad" method="post" action="/account/tokens">
        {refused ? <FormErrors title={refused.fault} errors={[]} /> : null}
        <div class="fields">
          <TextField name="name" label="What for" required maxlength={200} errors={errors} placeholder="CI" />
          <TextField
            name="expiresInDays"
            label="Days that it works"
            type="number"
            value="90"
            min={1}
            max={limits.apiTokenDaysMax}
            required
            errors={errors}
          />
          <SelectField
            name="organizationId"
            label="Where"
            value=""
            options={[{ value: "", label: "All of my organizations" }, ...places]}
            errors={errors}
          />
        </div>
        <fieldset>
          <legend>What it may do beside reading</legend>
          {scopeTexts.map(([scope, text]) => (
            <label class="check">
              <input type="checkbox" name="scopes" value={scope} />
              {text}
            </label>
          ))}
        </fieldset>
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            Make the token
          </button>
        </div>
      </form>
    </section>
  );
}
