import type { WSContext, WSEvents } from "hono/ws";
import { AppError } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import { findApiTokenById } from "../../db/services/api-tokens.ts";
import type { Ctx } from "../../db/services/context.ts";
import type { TicketOwner } from "../../db/services/tokens.ts";
import type { AppContext, AppDeps, Client } from "../deps.ts";
import { ctxOfUser, requireCtx } from "../middleware/identity.ts";
import { requireOwnOrigin } from "../middleware/origin.ts";
import type { Connection, Port } from "./connection.ts";
import type { Hub } from "./hub.ts";

type Opener = { userId: string; ctx: Ctx; recheck: () => Promise<Ctx | null>; endsInMs: number | null };

/** `/ws`: who may open a socket is decided here, before the upgrade; what it may watch, at each subscription. */
export function socketRoute(deps: AppDeps) {
  return async (c: AppContext): Promise<Response> => {
    const { live } = deps;
    if (!live) throw new AppError("unavailable", "this server takes no WebSockets");
    if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") {
      throw new AppError("invalid-input", "this address is for WebSockets: send Upgrade: websocket", {
        errors: [{ path: "Upgrade", message: "must be websocket" }],
      });
    }
    requireOwnOrigin(c, deps.publicUrl);
    const opener = await openerOf(c, deps);
    live.hub.admit(opener.userId);
    return live.upgrade(c, events(live.hub, opener));
  };
}

/** By a ticket, which is used up, or by the cookie or the bearer token of the request. */
async function openerOf(c: AppContext, deps: AppDeps): Promise<Opener> {
  const [requestId, client] = [c.get("requestId"), c.get("client")];
  const ticket = c.req.query("ticket");
  if (ticket !== undefined) {
    const proof = await deps.tokens.takeTicket(ticket);
    const recheck = async () => proof && stillThere(deps, proof, requestId, client);
    const ctx = await recheck();
    if (!proof || !ctx) throw new AppError("unauthenticated", "the ticket is not valid, or was used");
    return { userId: proof.userId, ctx, recheck, endsInMs: limits.accessTokenMs };
  }
  const ctx = requireCtx(c);
  const credential = c.get("credential");
  if (!credential) throw new AppError("unauthenticated", "sign in, or send a ticket");
  const { userId } = credential;
  const proof = { userId, signIn: ctx.signIn ?? null };
  const recheck = () => stillThere(deps, proof, requestId, client);
  return { userId, ctx, recheck, endsInMs: credential.kind === "bearer" ? limits.accessTokenMs : null };
}

/** What a sign-in may do now; null when it has ended. */
async function stillThere(
  deps: AppDeps,
  { userId, signIn }: TicketOwner,
  requestId: string,
  client: Client,
): Promise<Ctx | null> {
  if (signIn?.kind === "token") {
    const proof = await findApiTokenById(deps.db, signIn.id);
    return proof && ctxOfUser(deps, proof, requestId, client);
  }
  if (signIn?.kind === "session" && !(await deps.sessions.isLive(signIn.id))) return null;
  const known = signIn && { kind: signIn.kind, id: signIn.id };
  return ctxOfUser(deps, { userId, signIn: known }, requestId, client);
}

function events(hub: Hub, opener: Opener): WSEvents {
  let connection: Connection | null = null;
  return {
    onOpen: (_, socket) => {
      connection = hub.connect({ ...opener, port: portOf(socket) });
    },
    onMessage: ({ data }) => connection?.receive(data),
    onClose: () => {
      if (connection) hub.disconnect(connection);
    },
    // Hono's adapters call onClose as well; there is nothing to do here, and nothing to tell the client.
    onError: () => undefined,
  };
}

/** What the servers' own socket objects have beside Hono's. */
type RawSocket = { bufferedAmount?: number; terminate?: () => void };

function portOf(socket: WSContext): Port {
  const raw = (): RawSocket => (socket.raw ?? {}) as RawSocket;
  return {
    send: (data) => {
      // 1 is OPEN: a socket that is about to close takes nothing.
      if (socket.readyState === 1) socket.send(data as string | Uint8Array<ArrayBuffer>);
    },
    bufferedBytes: () => raw().bufferedAmount ?? 0,
    close: (code, reason) => socket.close(code, reason),
    terminate: () => raw().terminate?.(),
  };
}
