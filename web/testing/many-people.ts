import { createHash } from "node:crypto";
import type { TestApp } from "../../api/testing/app.ts";
import { newId } from "../../db/domain/ids.ts";
import type { ListedPage } from "./page-list.ts";

/** Who means no good, whose name is long, and who only has a name. */
const nameSql = `case
  when n % 97 = 0 then '<script>alert(' || n || ')</script> "quoted" & {{name}}'
  when n % 101 = 0 then n || repeat('averylongnamewithoutabreak', 6)
  when n % 59 = 0 then 'أدا لوفلايس ' || n
  when n % 53 = 0 then 'A person with a name that is made of a great many words, as names of some people are ' || n
  else (array['Ada', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Margaret'])[1 + n % 6] || ' ' ||
    (array['Lovelace', 'Hopper', 'Dijkstra', 'Liskov', 'Knuth', 'Hamilton', 'Turing'])[1 + n % 7] || ' ' || n end`;

/**
 * As many accounts, members, invitations and audit rows in Alice's organization, and as many organizations beside it; and as
 * many tokens as one person may have.
 * @returns the pages that have to show them, of each list the first and one further on
 */
export async function seedManyPeople(t: TestApp, count: number): Promise<ListedPage[]> {
  const { sql } = t.database.db;
  const { organizationId } = t.world.project;
  const salt = createHash("sha256").update(newId()).digest("hex").slice(0, 8);
  const others = Array.from({ length: count }, () => newId());
  await sql.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${[organizationId, ...others].join(",")}}`}, true)`;
    const id = (what: string) =>
      tx.unsafe(`(lpad(to_hex((extract(epoch from now() - (${count} - n) * interval '1 minute') * 1000)::bigint), 12, '0')
        || '7' || substr(md5('${what}' || n || '${salt}'), 1, 3) || '8' || substr(md5('${what}' || n || '${salt}'), 4, 15))::uuid`);
    const name = tx.unsafe(nameSql);
    await tx`insert into app_user (id, email, name, platform_role, disabled_at, created_at)
      select ${id("user")}, 'person-' || n || '-' || ${salt}::text || '@' || case when n % 61 = 0 then repeat('sub.', 20) else '' end || 'example.com',
        ${name}, case when n % 50 = 0 then 'viewer' else 'user' end, case when n % 37 = 0 then now() end, now() - n * interval '1 hour'
      from generate_series(1, ${count}::int) n`;
    await tx`insert into member (organization_id, user_id, role, created_at)
      select ${organizationId}, ${id("user")}, (array['member', 'viewer', 'admin', 'member'])[1 + n % 4], now() - n * interval '1 hour'
      from generate_series(1, ${count}::int) n`;
    await tx`insert into invitation (id, organization_id, email, role, token_hash, invited_by, created_at, sent_at, expires_at, revoked_at)
      select ${id("invitation")}, ${organizationId}, 'invited-' || n || '-' || ${salt}::text || '@example.com', 'member',
        md5('token' || n || ${salt}::text), case when n % 7 = 0 then null else ${t.world.alice.id}::uuid end, now() - n * interval '1 minute', now() - n * interval '1 minute',
        now() + (n % 200 - 60) * interval '1 hour', case when n % 11 = 0 then now() end
      from generate_series(1, ${count}::int) n`;
    await tx`insert into audit (id, at, organization_id, actor_id, actor, action, entity, entity_id, before, after, address)
      select ${id("audit")}, now() - (${count}::int - n) * interval '1 minute', ${organizationId}, ${t.world.alice.id}, ${name},
        (array['project.update', 'member.add', 'run.start', 'testCase.update', 'session.create'])[1 + n % 5],
        (array['project', 'member', 'run', 'testCase', 'session'])[1 + n % 5], n::text,
        jsonb_build_object('name', 'before ' || n), jsonb_build_object('name', repeat('after ', 1 + n % 40)), '2001:db8::' || n % 9999
      from generate_series(1, ${count}::int) n`;
    await tx`insert into organization (id, name, slug, created_at)
      select other.id, left(${name}, 200), 'many-' || ${salt}::text || '-' || n, now() - n * interval '1 hour'
      from unnest(${others}::uuid[]) with ordinality as other (id, n)`;
    await tx`insert into api_token (id, user_id, name, hint, token_hash, scopes, expires_at, used_at)
      select ${id("token")}, ${t.world.alice.id}, left(${name}, 200), 'vdt_' || n, md5('api' || n || ${salt}::text), '{read,run}',
        now() + (n - 3) * interval '1 day', case when n % 3 = 0 then now() end
      from generate_series(1, 45) n`;
  });
  return pagesWithMany(t, organizationId);
}

async function pagesWithMany(t: TestApp, organizationId: string): Promise<ListedPage[]> {
  const organization = `/organizations/${organizationId}`;
  const lists: [string, string, string, ListedPage["who"]][] = [
    ["accounts", "/users", "/users", "root"],
    ["accounts-found", "/users?search=hopper", "", "root"],
    ["tenants", "/tenants", "", "root"],
    ["tenants-found", "/tenants?search=turing", "", "root"],
    ["members", `${organization}/members`, `${organization}/members`, "alice"],
    ["invitations", `${organization}/invitations`, `${organization}/invitations`, "alice"],
    ["audit", `${organization}/audit-logs`, `${organization}/audit-logs`, "alice"],
    ["audit-found", `${organization}/audit-logs?action=member.`, "", "alice"],
    ["tokens", "/account/tokens", "", "alice"],
  ];
  const pages: ListedPage[] = [];
  for (const [name, path, api, who] of lists) {
    pages.push({ name: `many-${name}`, path, who });
    if (api === "" || who === null) continue;
    const { body } = await t.call(who, "GET", `${api}?limit=50`);
    const cursor = encodeURIComponent(String(body.nextCursor));
    pages.push({ name: `many-${name}-further`, path: `${path}?cursor=${cursor}`, who });
  }
  return pages;
}
