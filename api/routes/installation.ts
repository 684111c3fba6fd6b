import {
  openedMailSchema,
  platformSettingsSchema,
  unsentMailSchema,
} from "../../db/domain/account-resources.ts";
import { pageQuerySchema } from "../../db/domain/queries.ts";
import { listUnsentMail, openMail, resendMail } from "../../db/services/mail.ts";
import { changeSettings, getSettings } from "../../db/services/platform-settings.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf } from "./shared.ts";

/** The installation's settings, and its mail that was not sent; for platform administrators. */
export function installationRoutes(api: Api): void {
  const { deps } = api;
  endpoint(
    api,
    {
      id: "getSettings",
      method: "get",
      path: "/settings",
      tag: "Installation",
      summary: "Settings of the installation",
      status: 200,
      result: platformSettingsSchema,
    },
    ({ ctx }) => getSettings(ctx),
  );

  endpoint(
    api,
    {
      id: "changeSettings",
      method: "patch",
      path: "/settings",
      tag: "Installation",
      summary: "Change settings of the installation",
      body: named(platformSettingsSchema.partial(), "SettingsChange"),
      status: 200,
      result: platformSettingsSchema,
    },
    ({ ctx, body }) => changeSettings(ctx, body),
  );

  endpoint(
    api,
    {
      id: "listUnsentMail",
      method: "get",
      path: "/mail",
      tag: "Installation",
      summary: "Mail of the last week that was not sent",
      query: pageQuerySchema,
      status: 200,
      result: pageOf(unsentMailSchema),
    },
    ({ ctx, query }) => listUnsentMail(ctx, query),
  );

  endpoint(
    api,
    {
      id: "openMail",
      method: "get",
      path: "/mail/{id}",
      tag: "Installation",
      summary: "What a mail that was not sent says, with its link",
      description: "That it was read is in the audit log.",
      params: byId,
      status: 200,
      result: openedMailSchema,
    },
    ({ ctx, params }) => openMail(ctx, params.id, deps.publicUrl),
  );

  endpoint(
    api,
    {
      id: "resendMail",
      method: "post",
      path: "/mail/{id}/retry",
      tag: "Installation",
      summary: "Try once more to send a mail",
      params: byId,
      status: 202,
      result: unsentMailSchema,
    },
    ({ ctx, params }) => resendMail(ctx, params.id),
  );
}
