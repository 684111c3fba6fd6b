/** A queue that is measured: ours, a peer, or the limit. It has a database of its own on the server that all share. */
export type Contender = {
  name: string;
  /** Which configuration it is, and why that is fair. */
  configuration: string;
  /** Makes its tables and opens its connections. */
  open(): Promise<void>;
  enqueueBulk(jobs: number): Promise<void>;
  enqueueOne(): Promise<void>;
  /** A row of the application and a job in one transaction, as many at once as the caller likes; null: it can't. */
  rowAndJob: (() => Promise<void>) | null;
  /** Works with so many jobs at once that do nothing but `onJob`. Resolves when it is ready. */
  work(concurrency: number, onJob: OnJob): Promise<{ stop(): Promise<void> }>;
  /** Forgets all jobs and the history. */
  empty(): Promise<void>;
  close(): Promise<void>;
};

/** What a job does: nothing, or waiting for ever. */
export type OnJob = () => void | Promise<void>;

export type Place = {
  /** Its database, as the superuser. */
  url: string;
  /** Where the peers are installed. */
  peers: string;
};

/** Connections that producers have. */
export const producers = 16;
