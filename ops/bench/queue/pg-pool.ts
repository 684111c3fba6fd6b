import { loadPeer } from "../peers.ts";

/** What of `pg`, the driver that the peers bring, is used here. */
type Client = {
  query(query: string | object, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number }>;
  release(): void;
};
type Pool = {
  query: Client["query"];
  connect(): Promise<Client>;
  end(): Promise<void>;
  on(event: string, listener: (error: Error) => void): void;
};

export type PgPool = Pool & { transaction(work: (client: Client) => Promise<void>): Promise<void> };

/** The peers' own driver, so that each is measured with what its users have. */
export async function openPool(peers: string, url: string, max: number): Promise<PgPool> {
  const { default: pg } = await loadPeer<{ default: { Pool: new (options: object) => Pool } }>(peers, "pg");
  const pool = new pg.Pool({ connectionString: url, max });
  pool.on("error", () => undefined);
  return Object.assign(pool, {
    async transaction(work: (client: Client) => Promise<void>) {
      const client = await pool.connect();
      try {
        await client.query("begin");
        await work(client);
        await client.query("commit");
      } finally {
        client.release();
      }
    },
  });
}
