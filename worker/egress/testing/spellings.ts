/** Ways to write an address, and what it is; `reaches`: something on this machine answers it where nobody holds it back. */
export type Spelling = { host: string; is: string; reaches?: true };

const here = [
  "127.0.0.1",
  "127.1",
  "127.0.1",
  "2130706433",
  "0x7f.1",
  "0x7f000001",
  "0177.0.0.1",
  "127.0.0.1.",
  "127.255.255.254",
  "%31%32%37.0.0.1",
  "①②⑦.⓪.⓪.①",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "localhost",
  "LOCALHOST",
  "localhost.",
  "foo.localhost",
  // Names of which a resolver says so.
  "127-0-0-1.rebound.test",
  "six.rebound.test",
].map((host): Spelling => ({ host, is: "loopback", reaches: true }));

const unspecified = ["0.0.0.0", "0", "[::]", "zero.rebound.test"].map(
  (host): Spelling => ({ host, is: "unspecified", reaches: true }),
);

const elsewhere: Record<string, readonly string[]> = {
  loopback: ["[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "[64:ff9b:1::7f00:1]"],
  private: [
    "10.0.0.1",
    "10.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "0xc0a80101",
    "100.64.0.1",
    "[fd00::1]",
    "[fec0::1]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::a00:1]",
    "private.rebound.test",
  ],
  "link-local": ["169.254.0.1", "[fe80::1]"],
  metadata: [
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "169.254.170.2",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "100.100.100.200",
    "168.63.129.16",
    "metadata.google.internal",
    "metadata.goog",
    "instance-data",
    "metadata.rebound.test",
  ],
  multicast: ["224.0.0.1", "255.255.255.255", "[ff02::1]"],
  translated: ["[64:ff9b::808:808]", "[2002:808:808::]"],
  reserved: [
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "240.0.0.1",
    "[2001:db8::1]",
    "[100::1]",
  ],
};

export const spellings: readonly Spelling[] = [
  ...here,
  ...unspecified,
  ...Object.entries(elsewhere).flatMap(([is, hosts]) => hosts.map((host) => ({ host, is }))),
];

const names: Record<string, readonly string[]> = {
  "127-0-0-1.rebound.test": ["127.0.0.1"],
  "six.rebound.test": ["::1"],
  "zero.rebound.test": ["0.0.0.0"],
  "private.rebound.test": ["192.168.7.7", "fd00::7"],
  "metadata.rebound.test": ["169.254.169.254"],
};

/** The resolver that knows the names of the table, and no others. */
export async function tableLookup(name: string): Promise<readonly string[]> {
  const found = names[name];
  if (found) return found;
  throw Object.assign(new Error(`${name} is not known`), { code: "ENOTFOUND" });
}
