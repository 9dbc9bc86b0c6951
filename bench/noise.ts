/**
 * The mixture of the noise: what is on the wire of a company, by protocol. Each conversation is one of these; none carries
 * RPC.
 */
import { Connection, Datagrams, type Message, type Talk } from "./conversation.js";
import { ldap, ping, ticketDatagrams, tickets } from "./protocols/directory.js";
import { files } from "./protocols/files.js";
import { dhcp, dns, ntp, snmp, ssdp } from "./protocols/names.js";
import { quic } from "./protocols/quic.js";
import { Source } from "./protocols/source.js";
import { tls } from "./protocols/tls.js";
import { mail, web } from "./protocols/web.js";

interface Kind {
  /** How many of a thousand conversations. */
  share: number;
  port: number;
  over: "tcp" | "udp";
  messages: (source: Source) => Iterable<Message>;
}

const KINDS: { [name: string]: Kind } = {
  http: { share: 330, port: 80, over: "tcp", messages: web },
  tls: { share: 100, port: 443, over: "tcp", messages: tls },
  quic: { share: 30, port: 443, over: "udp", messages: quic },
  smb: { share: 45, port: 445, over: "tcp", messages: files },
  ldap: { share: 160, port: 389, over: "tcp", messages: ldap },
  smtp: { share: 10, port: 25, over: "tcp", messages: mail },
  bulk: { share: 5, port: 20_000, over: "tcp", messages: bulk },
  kerberos: { share: 50, port: 88, over: "tcp", messages: tickets },
  "kerberos over udp": { share: 20, port: 88, over: "udp", messages: ticketDatagrams },
  cldap: { share: 30, port: 389, over: "udp", messages: ping },
  dns: { share: 150, port: 53, over: "udp", messages: dns },
  ntp: { share: 20, port: 123, over: "udp", messages: ntp },
  snmp: { share: 30, port: 161, over: "udp", messages: snmp },
  ssdp: { share: 10, port: 1900, over: "udp", messages: ssdp },
  dhcp: { share: 10, port: 67, over: "udp", messages: dhcp },
};

/** Something that nobody recognises, in one direction. */
function* bulk(source: Source): Generator<Message> {
  yield { from: 0, bytes: source.bytes(60) };
  yield { from: 1, bytes: source.bytes(10_000 + source.mostlySmall(0, 400_000)) };
}

/** Makes conversations of the noise; `only`: of one kind alone. */
export class Noise {
  readonly #next: () => number;
  readonly #source: Source;
  readonly #kinds: readonly Kind[];
  readonly #whole: number;
  count = 0;

  constructor(next: () => number, payload: Buffer, only?: string) {
    this.#next = next;
    this.#source = new Source(next, payload);
    this.#kinds = Object.entries(KINDS).flatMap(([name, kind]) =>
      only === undefined || only === name ? [kind] : [],
    );
    this.#whole = this.#kinds.reduce((sum, kind) => sum + kind.share, 0);
  }

  conversation(): Talk {
    let at = this.#next() * this.#whole;
    const kind = this.#kinds.find(({ share }) => {
      at -= share;
      return at < 0;
    })!;
    const Over = kind.over === "tcp" ? Connection : Datagrams;
    return new Over(this.#next, this.count++, kind.port, kind.messages(this.#source));
  }
}
