/** Datagrams between two machines, and what the analyzer makes of them. */
import { Analyzer, type AnalyzerOptions } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import type { AssociationRecord, CallRecord, Event, NoteRecord, SummaryRecord } from "../../../src/events.js";
import { loadInterfaces } from "../../../src/interfaces.js";
import { type DatagramFields, datagramPdu } from "../../lab/datagram.js";
import { ether } from "../link/shapes.js";
import { ipv4 } from "../reassembly/packets.js";

const CLIENT = [10, 0, 0, 1];
const SERVER = [10, 0, 0, 2];
export const CLIENT_PORT = 50_000;
export const SERVER_PORT = 1025;

export const ACTIVITY = "5a0b1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3";
export const INTERFACE = "12345678-1234-abcd-ef00-0123456789ab";

const IDL = `[uuid(${INTERFACE}), version(1.0)] interface talk {
  void Say([in] long size, [in, size_is(size)] byte text[], [out] long *heard);
  long Ask([in] long what);
}`;

/** A frame of Ethernet, with when it came. */
export interface Timed {
  data: Uint8Array;
  /** Milliseconds; frames are 1 ms apart where it is not given. */
  at?: number;
  /** Bytes on the wire, where not all were captured. */
  size?: number;
}

export type Sender = "client" | "server";

export interface Ends {
  source?: readonly number[];
  sourcePort?: number;
  destination?: readonly number[];
  destinationPort?: number;
}

/** The UDP datagram, without the IP header. */
export function udp(payload: Uint8Array, sourcePort: number, destinationPort: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** A payload in a frame, from the client to the server or back, other ends where given. */
export function sent(from: Sender, payload: Uint8Array, ends: Ends = {}): Buffer {
  const client = from === "client";
  const {
    source = client ? CLIENT : SERVER,
    sourcePort = client ? CLIENT_PORT : SERVER_PORT,
    destination = client ? SERVER : CLIENT,
    destinationPort = client ? SERVER_PORT : CLIENT_PORT,
  } = ends;
  return ether("0800", ipv4(source, destination, 17, udp(payload, sourcePort, destinationPort)));
}

export type Said = Partial<DatagramFields> & Pick<DatagramFields, "type">;

/** A PDU of call 0 of ACTIVITY to INTERFACE, but for what is given. */
export function said(
  from: Sender,
  fields: Said,
  body: Uint8Array = new Uint8Array(0),
  ends: Ends = {},
): Buffer {
  const all = { activity: ACTIVITY, interfaceId: INTERFACE, sequence: 0, ...fields };
  return sent(from, datagramPdu(all, body), ends);
}

export interface Heard {
  calls: CallRecord[];
  associations: AssociationRecord[];
  notes: NoteRecord[];
  summary: SummaryRecord;
  events: Event[];
}

/** What the analyzer makes of these frames. */
export function heard(frames: readonly (Uint8Array | Timed)[], options: AnalyzerOptions = {}): Heard {
  const { table } = loadInterfaces([{ name: "talk.idl", text: IDL }]);
  const analyzer = new Analyzer({ interfaces: table, ...options });
  const events: Event[] = [];
  frames.forEach((one, i) => {
    const { data, at = i, size = data.length }: Timed = "data" in one ? one : { data: one };
    const frame = new Frame();
    frame.data = data;
    frame.start = 0;
    frame.end = data.length;
    frame.wireLength = size;
    frame.linkType = 1;
    frame.number = i + 1;
    frame.seconds = 1_700_000_000 + Math.floor(at / 1000);
    frame.nanos = (at % 1000) * 1_000_000;
    events.push(...analyzer.push(frame));
  });
  for (const event of analyzer.finish()) events.push(event);
  const of = <K extends Event["type"]>(type: K) =>
    events.filter((e): e is Extract<Event, { type: K }> => e.type === type);
  return {
    calls: of("call"),
    associations: of("association"),
    notes: of("note"),
    summary: of("summary")[0]!,
    events,
  };
}
