import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export type Received = { from: string; to: string[]; source: string };

export type SmtpSink = {
  url: string;
  mails: Received[];
  close(): Promise<void>;
};

type Options = {
  port?: number;
  /** What it answers to a recipient; null: it takes the mail. */
  refuse?: (recipient: string) => { code: number; text: string } | null;
};

/** A real mail server of this machine that keeps what it is given. */
export async function startSmtpSink({ port = 0, refuse = () => null }: Options = {}): Promise<SmtpSink> {
  const mails: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    onRcptTo({ address }, _session, done) {
      const no = refuse(address);
      done(no ? Object.assign(new Error(no.text), { responseCode: no.code }) : null);
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : "";
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, source: Buffer.concat(chunks).toString("utf8") });
        done();
      });
    },
  });
  server.listen(port, "127.0.0.1");
  await once(server.server, "listening");
  const { port: taken } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${taken}`,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The body of a mail as it was written: soft line ends of quoted-printable taken out. */
export function textOf({ source }: Received): string {
  const body = source.slice(source.indexOf("\r\n\r\n") + 4);
  if (!/^content-transfer-encoding: quoted-printable/im.test(source)) return body;
  return body
    .replace(/=\r\n/g, "")
    .replace(/((?:=[0-9A-F]{2})+)/g, (coded) =>
      Buffer.from(coded.replaceAll("=", ""), "hex").toString("utf8"),
    );
}
