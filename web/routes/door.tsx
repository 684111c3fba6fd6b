import { Hono } from "hono";
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import {
  confirmationSchema,
  forgottenSchema,
  registrationSchema,
  resetSchema,
} from "../../db/domain/account-resources.ts";
import type { FieldError } from "../../db/domain/errors.ts";
import { parseInput } from "../../db/domain/validation.ts";
import {
  confirmRegistration,
  type Door,
  forgotPassword,
  isRegistrationOpen,
  register,
  resetPassword,
} from "../../db/services/account-links.ts";
import type { WebContext, WebEnv } from "../env.ts";
import {
  ConfirmAddress,
  DoorDone,
  ForgotPassword,
  LinkSent,
  Register,
  RegistrationClosed,
  ResetPassword,
} from "../pages/door.tsx";
import { attempted, type Site, themeOf } from "../site.tsx";

/** Pages for people without an account, or without their password. The limits on tries stand before these, in the api. */
export function doorRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  registering(app, site);
  forgetting(app, site);
  return app;
}

export function doorOf(c: WebContext, { deps }: Site): Door {
  return {
    db: deps.db,
    keys: deps.keys,
    now: () => new Date(),
    address: deps.addressOf?.(c) ?? null,
    userAgent: c.req.header("User-Agent") ?? null,
    requestId: c.get("requestId"),
  };
}

const none: { fault: string | null; errors: readonly FieldError[] } = { fault: null, errors: [] };

function registering(app: Hono<WebEnv>, site: Site): void {
  app.get("/register", async (c) => {
    const look = lookOf(c, site);
    if (!(await isRegistrationOpen(doorOf(c, site)))) return show(c, <RegistrationClosed {...look} />);
    return show(c, <Register {...look} {...none} name="" email="" />);
  });

  app.post("/register", async (c) => {
    const look = lookOf(c, site);
    const { name, email, password } = await valuesOf(c, ["name", "email", "password"]);
    const result = await attempted(() =>
      register(doorOf(c, site), parseInput(registrationSchema, { name, email, password })),
    );
    if (result.error === undefined) return show(c, <LinkSent {...look} email={email} what="account" />);
    const refusal = refusalOf(result.error);
    return show(c, <Register {...look} {...refusal} name={name} email={email} />, 422);
  });

  app.get("/verify-email", (c) => {
    const token = c.req.query("token") ?? "";
    return show(c, <ConfirmAddress {...lookOf(c, site)} token={token} fault={null} />);
  });

  app.post("/verify-email", async (c) => {
    const look = lookOf(c, site);
    const { token } = await valuesOf(c, ["token"]);
    const result = await attempted(() =>
      confirmRegistration(doorOf(c, site), parseInput(confirmationSchema, { token }).token),
    );
    if (result.error !== undefined) {
      return show(c, <ConfirmAddress {...look} token={token} fault={result.error.message} />, 422);
    }
    const text = `The account of ${result.value.email} is made.`;
    return show(c, <DoorDone {...look} title="Your address is confirmed" text={text} />);
  });
}

function forgetting(app: Hono<WebEnv>, site: Site): void {
  app.get("/forgot-password", (c) => show(c, <ForgotPassword {...lookOf(c, site)} {...none} email="" />));

  app.post("/forgot-password", async (c) => {
    const look = lookOf(c, site);
    const { email } = await valuesOf(c, ["email"]);
    const result = await attempted(() =>
      forgotPassword(doorOf(c, site), parseInput(forgottenSchema, { email })),
    );
    if (result.error === undefined) return show(c, <LinkSent {...look} email={email} what="password" />);
    return show(c, <ForgotPassword {...look} {...refusalOf(result.error)} email={email} />, 422);
  });

  app.get("/reset-password", (c) =>
    show(c, <ResetPassword {...lookOf(c, site)} {...none} token={c.req.query("token") ?? ""} />),
  );

  app.post("/reset-password", async (c) => {
    const look = lookOf(c, site);
    const values = await valuesOf(c, ["token", "password"]);
    const result = await attempted(() => {
      const { token, password } = parseInput(resetSchema, values);
      return resetPassword(doorOf(c, site), token, password);
    });
    if (result.error !== undefined) {
      return show(c, <ResetPassword {...look} {...refusalOf(result.error)} token={values.token} />, 422);
    }
    const text = "Every sign-in of your account has ended.";
    return show(c, <DoorDone {...look} title="Your password is set" text={text} />);
  });
}

/** Of fields that are shown the faults stand beside them; the rest is said above. */
function refusalOf({ message, errors }: { message: string; errors: readonly FieldError[] }) {
  const shown = ["name", "email", "password"];
  const isSaid = errors.length > 0 && errors.every(({ path }) => shown.includes(path));
  return { fault: isSaid ? null : message, errors };
}

async function valuesOf<N extends string>(c: WebContext, names: readonly N[]): Promise<Record<N, string>> {
  const form = await c.req.formData();
  const value = (name: N) => (name === "email" ? textOf(form, name).trim() : textOf(form, name));
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<N, string>;
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

function lookOf(c: WebContext, { asset }: Site) {
  return { asset, theme: themeOf(c) };
}

function show(c: WebContext, page: Child, status: 200 | 422 = 200): Response | Promise<Response> {
  c.header("Cache-Control", "no-store");
  return c.html(html`<!doctype html>${page}`, status);
}
