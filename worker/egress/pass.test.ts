import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { after, afterEach, before, describe, it } from "node:test";
import { fetch, ProxyAgent, WebSocket } from "undici";
import { WebSocketServer } from "ws";
import type { EgressTrouble } from "../../db/domain/egress.ts";
import { EgressGateway, type GatewayOptions } from "./gateway.ts";

type Pass = Awaited<ReturnType<EgressGateway["open"]>>;

let server: Server;
let port: number;
const seen: { method: string; url: string; raw: string[]; body: string; socket: Socket }[] = [];
const opened: { close(): void }[] = [];
let troubles: EgressTrouble[] = [];

before(async () => {
  server = createServer((message, response) => {
    read(message).then((body) => {
      const { method = "", url = "", rawHeaders, socket } = message;
      seen.push({ method, url, raw: rawHeaders, body, socket });
      if (url === "/drop") return socket.destroy();
      if (url === "/last") return response.writeHead(200, { connection: "close" }).end("bye");
      if (url === "/large") return response.writeHead(200).end(Buffer.alloc(3_000_000));
      response.writeHead(201, "Made", [
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
        ["X-Odd", "Kept"],
        ["Keep-Alive", "timeout=99"],
      ]);
      response.end(`${method} ${body}`);
    });
  });
  new WebSocketServer({ server }).on("connection", (socket) => {
    socket.on("message", (data) => socket.send(`heard ${data}`));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
after(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  seen.length = 0;
  troubles = [];
});

async function open(options: Partial<GatewayOptions> = {}, allow = [`127.0.0.1/32:${port}`]): Promise<Pass> {
  const gateway = new EgressGateway({ mode: "deny-private", ...options });
  opened.push(gateway);
  return gateway.open(allow, (trouble) => troubles.push(trouble));
}

const portOf = ({ plan }: Pass) => Number(plan.address.split(":")[1]);

type Asked = { method?: string; body?: string; headers?: Record<string, string>; agent?: Agent | false };

/** What a browser sends: the whole address in the first line. */
function ask(pass: Pass, path: string, options: Asked = {}) {
  const { method = "GET", body, headers = {}, agent = false } = options;
  const host = `127.0.0.1:${port}`;
  const asked = request({
    agent,
    port: portOf(pass),
    method,
    path: `http://${host}${path}`,
    headers: { host, ...headers },
  });
  asked.end(body);
  return asked;
}

async function answerOf(asked: ReturnType<typeof ask>): Promise<{ message: IncomingMessage; body: string }> {
  const [message] = (await once(asked, "response")) as [IncomingMessage];
  return { message, body: await read(message) };
}

async function read(message: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of message.setEncoding("latin1")) text += part;
  return text;
}

describe("the proxy of an attempt", () => {
  it("hands on what was sent and answered, less what is about the connection to itself", async () => {
    const pass = await open();
    const headers = { "X-Mine": "1", "proxy-connection": "keep-alive", connection: "x-hop", "x-hop": "gone" };
    const { message, body } = await answerOf(
      ask(pass, "/path?q=1", { method: "POST", body: "hello", headers }),
    );
    assert.equal(body, "POST hello");
    assert.deepEqual([message.statusCode, message.statusMessage], [201, "Made"]);
    assert.deepEqual(message.headers["set-cookie"], ["a=1", "b=2"]);
    assert.equal(message.headers["x-odd"], "Kept");
    const names = seen[0]?.raw.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    assert.equal(seen[0]?.url, "/path?q=1");
    assert.ok(names?.includes("x-mine") && names.includes("host"), String(names));
    assert.ok(!names?.includes("x-hop") && !names?.includes("proxy-connection"), String(names));
  });

  it("keeps the connection behind for as long as the one before, and ends both together", async () => {
    const pass = await open();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const path of ["/1", "/2", "/3"]) await answerOf(ask(pass, path, { agent }));
    const [first, second, third] = seen.map(({ socket }) => socket);
    assert.ok(first && first === second && second === third, "a connection for each request");
    const closed = once(first, "close");
    agent.destroy();
    await closed;
  });

  it("says that a connection ends which ends behind it", async () => {
    const { message, body } = await answerOf(ask(await open(), "/last"));
    assert.deepEqual([body, message.headers.connection], ["bye", "close"]);
  });

  it("ends the connection when the server ended its own without an answer", async () => {
    const asked = ask(await open(), "/drop");
    await assert.rejects(once(asked, "response"), /socket hang up|ECONNRESET/);
    assert.deepEqual(troubles, []);
  });

  it("makes tunnels, for WebSockets as well", async () => {
    const pass = await open();
    const dispatcher = new ProxyAgent({ uri: `http://${pass.plan.address}`, proxyTunnel: true });
    opened.push({ close: () => void dispatcher.destroy() });
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/tunnel`, { dispatcher })).text(), "GET ");
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { dispatcher });
    await once(socket as never, "open");
    const heard = once(socket as never, "message");
    socket.send("you");
    assert.equal(((await heard) as [{ data: string }])[0].data, "heard you");
    socket.close();
  });

  it("is no server, and no way to itself or to the proxy of another attempt", async () => {
    const gateway = new EgressGateway({ mode: "deny-private" });
    opened.push(gateway);
    const [one, other] = [await gateway.open([], () => undefined), await gateway.open([], () => undefined)];
    const answer = await fetch(`http://${one.plan.address}/`);
    assert.equal(answer.status, 400);
    const everywhere = [one, other].map((pass) => `127.0.0.0/8:${portOf(pass)}`);
    const wide = await gateway.open(everywhere, (trouble) => troubles.push(trouble));
    for (const target of [one, other]) {
      const to = `127.0.0.3:${portOf(target)}`;
      const asked = request({ port: portOf(wide), path: `http://${to}/`, headers: { host: to } }).end();
      await assert.rejects(once(asked, "response"));
    }
    assert.ok(troubles.length === 2 && troubles.every(({ text }) => /service of Verdict itself/.test(text)));
  });

  for (const target of [
    "nonsense",
    "127.0.0.1",
    "user@127.0.0.1:80",
    "127.0.0.1:0",
    "127.0.0.1:99999",
    "a/b:80",
  ]) {
    it(`answers 400 to CONNECT ${target}`, async () => {
      const pass = await open();
      const socket = connect(portOf(pass), "127.0.0.1");
      socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
      const [said] = (await once(socket, "data")) as [Buffer];
      assert.match(String(said), /^HTTP\/1\.1 400 /);
      socket.destroy();
    });
  }

  it("answers 403 to CONNECT where it may not go, and tells of it", async () => {
    const socket = connect(portOf(await open()), "127.0.0.1");
    socket.write("CONNECT [::1]:443 HTTP/1.1\r\nHost: x\r\n\r\n");
    const [said] = (await once(socket, "data")) as [Buffer];
    assert.match(String(said), /^HTTP\/1\.1 403 /);
    assert.deepEqual(
      troubles.map(({ host, port, kind }) => ({ host, port, kind })),
      [{ host: "::1", port: 443, kind: "refused" }],
    );
    socket.destroy();
  });

  it("ends everything when the attempt has had its share of the network", async () => {
    const pass = await open({ bounds: { bytesMax: 1_000_000 } });
    const agent = new Agent({ keepAlive: true });
    const asked = ask(pass, "/large", { agent });
    const [socket] = (await once(asked, "socket")) as [Socket];
    await Promise.all([once(socket, "close"), answerOf(asked)]);
    assert.deepEqual(
      troubles.map(({ kind }) => kind),
      ["limit"],
    );
    await assert.rejects(once(ask(pass, "/again"), "response"));
  });

  it("takes so many connections and no more", async () => {
    const pass = await open({ bounds: { connectionsMax: 2 } });
    const sockets = [0, 1, 2].map(() => connect(portOf(pass), "127.0.0.1"));
    await Promise.race(sockets.map((socket) => once(socket, "close")));
    assert.equal(sockets.filter(({ destroyed }) => !destroyed).length, 2);
    for (const socket of sockets) socket.destroy();
  });

  it("is gone with its attempt, and its connections with it", async () => {
    const pass = await open();
    await answerOf(ask(pass, "/1"));
    const socket = connect(portOf(pass), "127.0.0.1");
    await once(socket, "connect");
    const closed = once(socket, "close");
    pass.close();
    await closed;
    await assert.rejects(once(ask(pass, "/2"), "response"), /ECONNREFUSED/);
  });
});
