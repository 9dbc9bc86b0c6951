/**
 * The lab's novice and expert over real TCP sockets: the same conversation as in a capture, spoken byte by byte,
 * each side checking what it hears. Both in one process, or each in its own (in network namespaces, say), since both
 * know the conversation. Ports below 1024 need privilege; choose `mapperPort` where there is none.
 *
 * As a program:
 *   tsx test/lab/sockets.ts both|novice|expert [--story vista|xp] [--novice ADDRESS] [--expert ADDRESS]
 *     [--mapper PORT] [--ports A,B] [--level pkt_integrity|pkt_privacy|connect] [--repeat N] [--gap MS] [--timeout MS]
 */

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { equal } from "./bytes.js";
import { type Cast, domainMachine, helper } from "./cast.js";
import { Conversation, type Endpoint, type Side } from "./conversation.js";
import { WINDOWS_10, WINDOWS_XP } from "./ntlm.js";
import type { Level } from "./plan.js";
import { connectionString1, connectionString2, helpBlob } from "./rai.js";
import { vistaOffer } from "./stories/vista.js";
import { xpOffer, xpPlan } from "./stories/xp.js";

export type Role = "novice" | "expert" | "both";

export interface PlayOptions {
  /** Rest between two steps in milliseconds, so that each leaves in a segment of its own. */
  gap?: number;
  /** The whole play ends with an error after this many milliseconds. */
  timeout?: number;
  /** The novice's listeners, kept over several plays on the same ports; opened and closed by `play` where absent. */
  listeners?: Listeners;
}

/** By address and port. */
export type Listeners = Map<string, Listening>;

/** Waits until `begin`'s callback is called, or the play is over. Leaves no listener behind. */
function waiting<T = void>(signal: AbortSignal, begin: (go: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    begin((value) => {
      signal.removeEventListener("abort", stop);
      resolve(value);
    });
  });
}

/** One end of one connection: what has been heard and not yet checked. */
class End {
  readonly socket: Socket;
  private heard = new Uint8Array(0);
  private ended = false;
  private wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      const more = new Uint8Array(this.heard.length + chunk.length);
      more.set(this.heard);
      more.set(chunk, this.heard.length);
      this.heard = more;
      this.wake();
    });
    const over = () => {
      this.ended = true;
      this.wake();
    };
    socket.on("end", over).on("close", over).on("error", over);
  }

  private async until(ready: () => boolean, signal: AbortSignal): Promise<void> {
    while (!ready()) {
      await waiting(signal, (go) => {
        this.wake = go;
      });
    }
  }

  async hear(expected: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.until(() => this.heard.length >= expected.length || this.ended, signal);
    const got = this.heard.slice(0, expected.length);
    if (!equal(got, expected))
      throw new Error(`heard ${got.length} bytes that are not the ${expected.length} said`);
    this.heard = this.heard.slice(expected.length);
  }

  async over(signal: AbortSignal): Promise<void> {
    await this.until(() => this.ended, signal);
  }
}

/** Speaks the conversation's part of one role, or of both, on the addresses and ports that it names. */
export async function play(talk: Conversation, role: Role, options: PlayOptions = {}): Promise<void> {
  const signal = AbortSignal.timeout(options.timeout ?? 20_000);
  const gap = options.gap ?? 0;
  const novice = role !== "expert";
  const expert = role !== "novice";
  const ends = talk.connections.map(() => ({}) as { client?: End; server?: End });
  const servers = options.listeners ?? (novice ? await listen(talk, signal) : new Map<string, Listening>());
  const mine = (side: Side) => (side === "client" ? expert : novice);
  const other = (side: Side): Side => (side === "client" ? "server" : "client");
  try {
    for (const h of talk.happenings) {
      if (gap > 0) await sleep(gap);
      const { client, server } = talk.connections[h.connection]!;
      const end = ends[h.connection]!;
      if (h.kind === "refused") {
        if (expert) await refusedAt(server.address, server.port, client.address, signal);
        continue;
      }
      if (h.kind === "open") {
        const accepted = servers.get(`${server.address} ${server.port}`)?.next(signal);
        if (expert) {
          end.client = new End(await reach(server, client.address, role === "expert", signal));
        }
        if (novice) end.server = new End(await accepted!);
        continue;
      }
      const [from, to] = [end[h.from], end[other(h.from)]];
      if (h.kind === "data") {
        if (mine(h.from)) from!.socket.write(h.bytes);
        if (mine(other(h.from))) await to!.hear(h.bytes, signal);
        continue;
      }
      if (mine(h.from)) h.how === "fin" ? from!.socket.end() : from!.socket.resetAndDestroy();
      if (mine(other(h.from))) {
        await to!.over(signal);
        to!.socket.end();
      }
    }
  } finally {
    for (const end of ends) {
      end.client?.socket.destroySoon();
      end.server?.socket.destroySoon();
    }
    if (options.listeners === undefined) closeListeners(servers);
  }
}

/** A connection from `localAddress`; a novice in another process may need a moment before it listens. */
async function reach(
  server: Endpoint,
  localAddress: string,
  patient: boolean,
  signal: AbortSignal,
): Promise<Socket> {
  for (;;) {
    const socket = connect({ host: server.address, port: server.port, localAddress });
    try {
      await once(socket, "connect", { signal });
      return socket;
    } catch (error) {
      socket.destroy();
      const code = (error as NodeJS.ErrnoException).code;
      if (!patient || code !== "ECONNREFUSED") throw error;
      await sleep(50, undefined, { signal });
    }
  }
}

export interface Listening {
  server: Server;
  next: (signal: AbortSignal) => Promise<Socket>;
}

/** Every address and port that the conversation's servers use. Connections are accepted in order of arrival. */
export async function listen(talk: Conversation, signal: AbortSignal): Promise<Listeners> {
  const places = new Map<string, Listening>();
  const closed = new Set(
    talk.happenings
      .filter((h) => h.kind === "refused")
      .map((h) => talk.connections[h.connection]!.server.port),
  );
  for (const { server: at } of talk.connections) {
    const key = `${at.address} ${at.port}`;
    if (places.has(key) || closed.has(at.port)) continue;
    const arrived: Socket[] = [];
    const wanted: ((socket: Socket) => void)[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const taker = wanted.shift();
      if (taker) taker(socket);
      else arrived.push(socket);
    });
    server.listen({ host: at.address, port: at.port });
    await once(server, "listening", { signal });
    const next = async (abort: AbortSignal) => {
      const first = arrived.shift();
      return first ?? waiting<Socket>(abort, (go) => wanted.push(go));
    };
    places.set(key, { server, next });
  }
  return places;
}

export function closeListeners(listeners: Listeners): void {
  for (const { server } of listeners.values()) server.close();
}

async function refusedAt(
  host: string,
  port: number,
  localAddress: string,
  signal: AbortSignal,
): Promise<void> {
  const socket = connect({ host, port, localAddress });
  const refused = await Promise.race([
    once(socket, "error", { signal }).then(() => true),
    once(socket, "connect", { signal }).then(() => false),
  ]);
  socket.destroy();
  if (!refused) throw new Error(`somebody listens on port ${port}`);
}

export interface LiveOptions {
  story?: "vista" | "xp";
  novice?: string;
  expert?: string;
  mapperPort?: number;
  /** Two dynamic ports. */
  ports?: number[];
  level?: Level;
  seed?: string;
}

/** An offer between two addresses of this machine or network, to be played. */
export function liveOffer(options: LiveOptions = {}): Conversation {
  const talk = new Conversation(options.seed ?? "live", "2024-01-01T00:00:00Z");
  const xp = options.story === "xp";
  const version = xp ? WINDOWS_XP : WINDOWS_10;
  const address = options.novice ?? "127.0.0.1";
  const ports = options.ports ?? [49664, 49671];
  const cast: Cast = {
    expert: helper("helga.desk", "HELPDESK-7", options.expert ?? "127.0.0.1", version),
    novice: { ...domainMachine("WS-2004", address, version), mapperPort: options.mapperPort ?? 135, ports },
  };
  const sessions = [
    { domain: "CONTOSO", user: "jmarek", session_id: 1 },
    { domain: "CONTOSO", user: "bgreen", session_id: 2 },
  ];
  if (xp) {
    xpOffer(talk, cast, {
      sessions: sessions.map((s) => ({ ...s, state: 0 })),
      chosen: 1,
      asked: { user: "jmarek", domain: "CONTOSO", session: 1, helpBlob: helpBlob("CONTOSO", "helga.desk") },
      connectionString: connectionString1([{ host: address, port: 3389 }], "c2Vzc2lvbg==", "cGFybXM="),
      said: {},
      saidBlob: {},
      port: ports[0]!,
      security: xpPlan(cast),
      outcome: "string_issued",
    });
    return talk;
  }
  const auth = { kh: "YiKwWUY8Ioq5NB3wAQHSbs5kwrM=", id: "8rYm30RBW8/4dAWoUsWbFCF5jno/7jr5" };
  vistaOffer(talk, cast, {
    security: { provider: "spnego", level: options.level ?? "pkt_integrity" },
    sessions,
    chosen: 2,
    connectionString: connectionString2(auth, [
      { id: "1", sid: "7", listeners: [{ port: 49230, name: address }] },
    ]),
    said: {},
    outcome: "string_issued",
  });
  return talk;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      story: { type: "string" },
      novice: { type: "string" },
      expert: { type: "string" },
      mapper: { type: "string" },
      ports: { type: "string" },
      level: { type: "string" },
      repeat: { type: "string" },
      gap: { type: "string" },
      timeout: { type: "string" },
    },
  });
  const role = positionals[0] as Role | undefined;
  if (role !== "both" && role !== "novice" && role !== "expert")
    throw new Error("say both, novice or expert");
  const times = Number(values.repeat ?? 1);
  const timeout = Number(values.timeout ?? 20_000);
  const offer = (i: number) =>
    liveOffer({
      story: values.story as "vista" | "xp" | undefined,
      novice: values.novice,
      expert: values.expert,
      mapperPort: values.mapper === undefined ? undefined : Number(values.mapper),
      ports: values.ports?.split(",").map(Number),
      level: values.level as Level | undefined,
      seed: `live/${i}`,
    });
  const listeners = role === "expert" ? undefined : await listen(offer(0), AbortSignal.timeout(timeout));
  for (let i = 0; i < times; i++) {
    const talk = offer(i);
    await play(talk, role, { gap: Number(values.gap ?? 0), timeout, listeners });
    process.stdout.write(`${role}: ${talk.calls.length} calls on ${talk.connections.length} connections\n`);
  }
  if (listeners !== undefined) closeListeners(listeners);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
