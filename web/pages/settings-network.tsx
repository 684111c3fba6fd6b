import { FormErrors } from "../parts/bits.tsx";
import { TextField } from "../parts/field.tsx";
import { refusedIn, type SettingsProps } from "./settings-props.ts";

/** What its tests may reach beyond public addresses. */
export function Network(props: SettingsProps) {
  const { project, egressAllow, updates, addsEgress } = props;
  const refused = refusedIn(props, "network");
  return (
    <section class="section" aria-labelledby="network">
      <h2 id="network">Network</h2>
      <p class="hint">
        Workers with <code>EGRESS=deny-private</code> let tests reach public addresses only, and what is
        allowed here. Metadata of clouds and Verdict's own services are never reached. With{" "}
        <code>EGRESS=open</code> this list says nothing.
      </p>
      {updates ? (
        <form class="form panel panel-pad" method="post" action={`/projects/${project.id}/network`}>
          {refused ? <FormErrors title={refused.fault} errors={[]} /> : null}
          <TextField
            name="allow"
            label="Allowed besides public addresses"
            value={refused?.values.allow ?? egressAllow.join("\n")}
            errors={refused?.errors ?? []}
            hint={
              addsEgress
                ? "A range and a port, a line each: 10.2.0.0/16:443 or [fd12::/64]:8080."
                : "A range and a port, a line each. You can take lines away; administrators of this installation add them."
            }
            area
            mono
          />
          <div class="actions">
            <button class="btn btn-primary" type="submit">
              Save
            </button>
          </div>
        </form>
      ) : (
        <div class="panel panel-pad">
          {egressAllow.length > 0 ? (
            <pre>{egressAllow.join("\n")}</pre>
          ) : (
            <span class="dim">Nothing besides public addresses.</span>
          )}
        </div>
      )}
    </section>
  );
}
