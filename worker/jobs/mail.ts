import { messageOf } from "../../db/domain/errors.ts";
import { composeMail } from "../../db/domain/mail.ts";
import { mailNotSent, mailSent, mailToSend } from "../../db/services/mail.ts";
import type { JobHandler } from "../job-handler.ts";
import { MailRefused } from "../notify/mail-transport.ts";
import { Permanent } from "../verdicts.ts";

/**
 * Sends a mail. Without a mail server its link goes to the log and to the page of administrators: that is how the first people
 * of an installation come in.
 */
export const mail: JobHandler<"mail"> = {
  async run({ ctx, log, mail: { transport, publicUrl } }, held, { mailId }) {
    const own = ctx(null);
    const made = await mailToSend(own, mailId);
    if (!made) return { result: { mail: "there is nothing to send" } };
    const { recipient, content } = made;
    const { subject, text, link } = composeMail(content, publicUrl);
    if (!transport) {
      await mailNotSent(own, mailId, "there is no mail server: SMTP_URL is unset");
      log.warn({ event: "mail-not-sent", mailId, recipient, subject, link, reason: "SMTP_URL is unset" });
      return { result: { mail: "not sent: SMTP_URL is unset" } };
    }
    try {
      await transport.send({ id: mailId, to: recipient, subject, text }, held.signal);
    } catch (error) {
      await mailNotSent(own, mailId, messageOf(error));
      throw error instanceof MailRefused ? new Permanent(error.message, { cause: error }) : error;
    }
    await mailSent(own, mailId);
    log.info({ event: "mail-sent", mailId, template: content.template });
    return { result: { mail: "sent" } };
  },
};
