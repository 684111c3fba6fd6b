import type { PropsWithChildren } from "hono/jsx";
import type { Organization } from "../../db/domain/resources.ts";
import { Note, type Tab, Tabs } from "../parts/bits.tsx";
import { Text } from "../parts/text.tsx";

export type OrganizationTab = "members" | "invitations" | "plan" | "audit-logs" | "settings";

type Props = PropsWithChildren<{
  organization: Organization;
  tab: OrganizationTab;
  /** Whether the caller may see who is invited, and what was done. */
  manages: boolean;
  saved?: boolean;
  /** What kept a change of this page from being made. */
  fault?: string | null;
}>;

/** What every page of an organization begins with. */
export function OrganizationPage({ organization, tab, manages, saved, fault, children }: Props) {
  return (
    <>
      <div class="head-text">
        <h1>
          <Text of={organization.name} />
        </h1>
        <p class="meta">Your role here: {organization.role}</p>
      </div>
      <Tabs label="About the organization" tabs={tabsOf(organization.id, tab, manages)} />
      {fault ? <Note tone="failed" title={fault} role="alert" /> : null}
      {saved && !fault ? <Note tone="passed" title="Saved." role="status" /> : null}
      {children}
    </>
  );
}

function tabsOf(id: string, current: OrganizationTab, manages: boolean): Tab[] {
  const all = [
    ["members", "Members"],
    ["invitations", "Invitations"],
    ["plan", "Plan"],
    ["audit-logs", "Audit log"],
    ["settings", "Settings"],
  ] as const;
  return all
    .filter(([tab]) => manages || tab === "members" || tab === "plan")
    .map(([tab, label]) => ({ href: `/organizations/${id}/${tab}`, label, current: tab === current }));
}
