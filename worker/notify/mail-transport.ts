import nodemailer from "nodemailer";
import { messageOf } from "../../db/domain/errors.ts";
import { OutsideFault } from "../../db/outside-calls/outage.ts";
import type { OutsideCall } from "../../db/outside-calls.ts";

export type OutgoingMail = { id: string; to: string; subject: string; text: string };

export type MailTransport = {
  /**
   * Hands a mail to the server, with an id of its own: who gets it twice can tell.
   * @throws MailRefused when the server will never take it, AppError `unavailable` when it is away, Error otherwise.
   */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<void>;
};

/** How mail leaves, and where its links lead. */
export type MailWay = {
  /** Null: there is no server, and mail is kept for administrators. */
  transport: MailTransport | null;
  /** Without a slash at the end. */
  publicUrl: string;
};

/** The server has said that it will not take this mail, whenever it is asked. */
export class MailRefused extends Error {}

type Options = {
  /** smtp:// or smtps://, with what nodemailer knows as query parameters. */
  url: string;
  /** The sender, such as `Verdict <verdict@example.com>`. */
  from: string;
  ask: OutsideCall;
};

const connectMs = 10_000;
const silenceMs = 12_000;

/** A connection for each mail: there are few of them, and a pool would be one more thing that hangs. */
export function openMailTransport({ url, from, ask }: Options): MailTransport {
  const transport = nodemailer.createTransport(
    {
      url,
      connectionTimeout: connectMs,
      greetingTimeout: connectMs,
      socketTimeout: silenceMs,
      dnsTimeout: connectMs,
      // Nothing in a mail is fetched from anywhere.
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  );
  const host = hostOf(from);
  return {
    async send({ id, to, subject, text }, signal) {
      const message = { to: { name: "", address: to }, subject, text, messageId: `<${id}@${host}>` };
      await ask(
        async (signal) => {
          try {
            await transport.sendMail({ ...message, headers: { "Auto-Submitted": "auto-generated" }, signal });
          } catch (error) {
            throw judged(error);
          }
        },
        { repeat: false, signal },
      );
    },
  };
}

/** Codes of nodemailer for a server that is away; what it answered has a number instead. */
const away = new Set(["ECONNECTION", "ETIMEDOUT", "EDNS", "ESOCKET", "ETLS"]);

function judged(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  // A refused recipient or content stays refused; a refused sign-in is the installation's, and is put right there.
  if (typeof responseCode === "number" && responseCode >= 500 && code !== "EAUTH") {
    return new MailRefused(messageOf(error), { cause: error });
  }
  return typeof code === "string" && away.has(code) ? new OutsideFault(code, { cause: error }) : error;
}

function hostOf(from: string): string {
  return /@([\w.-]+)/.exec(from)?.[1] ?? "localhost";
}
