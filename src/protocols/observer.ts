/** What an export asks for beside calls, on its way out: from where it is seen to the record that says so. */
import { readKerberos } from "../../dissectors/kerberos/messages.js";
import { WireError } from "../../dissectors/wire/errors.js";
import { Reader } from "../../dissectors/wire/reader.js";
import { type Observed, type ObservedPlace, observation, type Spoken } from "../observations.js";
import { type DatagramConversation, DatagramLedger } from "../reassembly/datagram-ledger.js";
import type { Flow } from "../reassembly/flow.js";
import type { DatagramItem, OverItem } from "../reassembly/items.js";
import type { Pair } from "../reassembly/pair.js";
import type { Out } from "../rpc/output.js";
import { kerberosSeen } from "../rpc/security/seen.js";
import type { Instant } from "../time.js";

/** What of a flow's origin is needed. */
interface Origin {
  readonly flow: Flow;
  readonly file: number;
}

export class Observer {
  readonly #out: Out;
  readonly #ids: boolean;
  readonly #fileName: (file: number) => string | null;
  readonly #datagrams = new DatagramLedger();

  /** `ids`: records get community ids. */
  constructor(out: Out, ids: boolean, fileName: (file: number) => string | null) {
    this.#out = out;
    this.#ids = ids;
    this.#fileName = fileName;
  }

  /** Something that was seen on a flow. */
  seen({ flow, file }: Origin, at: Instant, observed: Observed): void {
    this.#put(this.#placeOf(flow, file), at, observed);
  }

  /** A flow is known to speak a protocol, or who began it: that is told before all that was seen there. */
  conversation({ flow, file }: Origin, protocol: Spoken): void {
    if (flow.ledger !== null) flow.ledger.wanted = true;
    const { firstSeconds: seconds, firstNanos: nanos } = flow;
    const place = this.#placeOf(flow, file);
    const record = observation(place, { seconds, nanos, digits: 9 }, { what: "conversation", protocol });
    this.#out.pushFirst({ kind: "observed", record });
  }

  /** A flow is over. */
  over({ flow, file, ledger }: OverItem): void {
    if (!ledger.wanted) return;
    const { firstSeconds: seconds, firstNanos: nanos } = flow;
    const { client, history, state, missed, duration } = ledger;
    const traffic = { client: ledger.side(client), server: ledger.side(client === 0 ? 1 : 0) };
    this.#put(
      this.#place("tcp", flow, flow.stream, client, file),
      { seconds, nanos, digits: 9 },
      { what: "conversation_end", duration_us: duration, state, history, missed_bytes: missed, traffic },
    );
  }

  /** Messages to and from a KDC, or within a token. */
  kerberos(origin: Origin, at: Instant, message: Uint8Array): void {
    for (const seen of kerberosIn(message)) this.seen(origin, at, seen);
  }

  kerberosDatagram(item: DatagramItem): void {
    const place = this.datagram(item, "kerberos");
    for (const seen of kerberosIn(item.bytes)) this.#put(place, item.time, seen);
  }

  /** Counts a datagram; answers where it belongs. */
  datagram(item: DatagramItem, protocol: Spoken): ObservedPlace {
    const { of, begins } = this.#datagrams.take(item);
    for (const old of this.#datagrams.takeOver()) this.#datagramsOver(old);
    const place = this.#datagramPlace(of);
    if (begins) this.#put(place, of.first, { what: "conversation", protocol });
    return place;
  }

  /** The input is at its end. */
  finish(): void {
    for (const old of this.#datagrams.finish()) this.#datagramsOver(old);
  }

  #datagramsOver(of: DatagramConversation): void {
    const { client, first, last, history, sides } = of;
    const [sent, answered] = client === 0 ? sides : [sides[1], sides[0]];
    const active = (side: { packets: number }): boolean => side.packets > 0;
    const state = active(sent) ? (active(answered) ? "SF" : "S0") : "SHR";
    const micros =
      (last.seconds - first.seconds) * 1e6 + Math.floor(last.nanos / 1e3) - Math.floor(first.nanos / 1e3);
    this.#put(this.#datagramPlace(of), first, {
      what: "conversation_end",
      duration_us: Math.max(0, micros),
      state,
      history,
      missed_bytes: 0,
      traffic: { client: sent, server: answered },
    });
  }

  #placeOf(flow: Flow, file: number): ObservedPlace {
    return this.#place("tcp", flow, flow.stream, flow.ledger?.client ?? 0, file);
  }

  #datagramPlace({ pair, stream, client, file }: DatagramConversation): ObservedPlace {
    return this.#place("udp", pair, stream, client, file);
  }

  #place(over: "tcp" | "udp", pair: Pair, stream: number, client: 0 | 1, file: number): ObservedPlace {
    const ends = [pair.endpoint0, pair.endpoint1] as const;
    return {
      over,
      stream,
      file: this.#fileName(file),
      community_id: this.#ids ? pair.communityId : null,
      client: ends[client],
      server: ends[client === 0 ? 1 : 0],
    };
  }

  #put(place: ObservedPlace, at: Instant, observed: Observed): void {
    this.#out.push({ kind: "observed", record: observation(place, at, observed) });
  }
}

/** Nothing where the bytes are no message that is known. */
function kerberosIn(bytes: Uint8Array): readonly Observed[] {
  try {
    return kerberosSeen(readKerberos(new Reader(bytes)));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return [];
  }
}
