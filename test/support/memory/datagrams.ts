/** Captures that fill what is kept of connectionless DCE/RPC and of UDP. Each grows with `n` and with nothing else. */
import { type DatagramFields, DG, datagramPdu } from "../../lab/datagram.js";
import { ipv4, join, type Tape, u8 } from "./wire.js";

const INTERFACE = "12345678-1234-abcd-ef00-0123456789ab";
const CLIENT = u8(10, 0, 0, 1);
const SERVER = u8(10, 0, 0, 2);
const SERVER_PORT = 1025;

const activityOf = (i: number): string => `${i.toString(16).padStart(8, "0")}-3e4f-4a5b-8c6d-7e8f90a1b2c3`;

interface Way {
  from?: Buffer;
  to?: Buffer;
  ports?: readonly [number, number];
}

function udp(
  tape: Tape,
  payload: Uint8Array,
  { from = CLIENT, to = SERVER, ports = [50_000, SERVER_PORT] }: Way,
) {
  const h = Buffer.alloc(8);
  h.writeUInt16BE(ports[0], 0);
  h.writeUInt16BE(ports[1], 2);
  h.writeUInt16BE(8 + payload.length, 4);
  tape.frame(ipv4(from, to, 17, 0, 0, join(h, payload)));
}

type Fields = Partial<DatagramFields> & Pick<DatagramFields, "type" | "activity">;

function asked(tape: Tape, fields: Fields, body: Uint8Array, way: Way = {}): void {
  udp(tape, datagramPdu({ sequence: 0, interfaceId: INTERFACE, ...fields }, body), way);
}

const answered: Way = { from: SERVER, to: CLIENT, ports: [SERVER_PORT, 50_000] };

/** Activities with a call each that nobody answers. */
function* dgActivities(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++)
    yield void asked(tape, { type: "request", activity: activityOf(i) }, new Uint8Array(40));
}

/** Requests of which the first of many fragments came. */
function* dgFragments(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) {
    const fields = { type: "request" as const, activity: activityOf(i), flags1: DG.FRAG };
    for (let k = 0; k < 10; k++) asked(tape, { ...fields, fragment: 2 * k }, new Uint8Array(1200).fill(k));
    yield void 0;
  }
}

/** One request in as many fragments as there are numbers, out of order. */
function* dgLongCall(n: number, tape: Tape): Iterable<void> {
  const fields = { type: "request" as const, activity: activityOf(1) };
  for (let i = 0; i < n; i++) {
    const fragment = (i * 40_503) & 0xffff;
    const flags1 = DG.FRAG | (fragment === 0xffff ? DG.LAST_FRAG : 0);
    const sequence = i >> 16;
    yield void asked(tape, { ...fields, sequence, fragment, flags1 }, new Uint8Array(64).fill(i));
  }
}

/** Calls that were sent to all, and that 256 servers answer. */
function* dgBroadcast(n: number, tape: Tape): Iterable<void> {
  const to = u8(10, 0, 255, 255);
  for (let i = 0; i < n; i++) {
    const call = { activity: activityOf(Math.floor(i / 16)), sequence: i % 16 };
    asked(tape, { ...call, type: "request", flags1: DG.BROADCAST | DG.IDEMPOTENT }, new Uint8Array(8), {
      to,
    });
    for (let k = 0; k < 256; k++) {
      const from = u8(10, 1, i & 255, k);
      asked(tape, { ...call, type: "response" }, new Uint8Array(8), { ...answered, from });
    }
    yield void 0;
  }
}

/** Answers to nothing, each of a call of its own. */
function* dgStray(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++)
    yield void asked(tape, { type: "response", activity: activityOf(i) }, new Uint8Array(200), answered);
}

/** Open calls of few activities. */
function* dgOpenCalls(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) {
    const fields = { type: "request" as const, activity: activityOf(i % 50), sequence: Math.floor(i / 50) };
    yield void asked(tape, { ...fields, flags2: DG.UNRELATED, flags1: DG.FRAG }, new Uint8Array(900).fill(i));
  }
}

/** One activity's UUID, of another client each time. */
function* dgSameUuid(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) {
    const from = u8(10, 2 + (i >> 16), (i >> 8) & 255, i & 255);
    yield void asked(tape, { type: "request", activity: activityOf(1) }, new Uint8Array(40), { from });
  }
}

/** Conversations with an answered call of an interface of its own each. */
function* dgConversations(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) {
    const from = u8(10, 2 + (i >> 16), (i >> 8) & 255, i & 255);
    const fields = { activity: activityOf(i), interfaceId: activityOf(i) };
    asked(tape, { ...fields, type: "request" }, new Uint8Array(8), { from });
    asked(tape, { ...fields, type: "response" }, new Uint8Array(8), { ...answered, to: from });
    yield void 0;
  }
}

/** One conversation that calls another interface each time. */
function* dgInterfaces(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) {
    const fields = { activity: activityOf(i), interfaceId: activityOf(i) };
    asked(tape, { ...fields, type: "request" }, new Uint8Array(8));
    asked(tape, { ...fields, type: "response" }, new Uint8Array(8), answered);
    yield void 0;
  }
}

/** UDP that is nobody's, between other ends each time. */
function* udpConversations(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) {
    const from = u8(10, 2 + (i >> 16), (i >> 8) & 255, i & 255);
    yield void udp(tape, new Uint8Array(20), { from, ports: [i & 0xffff, 53] });
  }
}

export const DATAGRAM_SHAPES = {
  dgActivities,
  dgFragments,
  dgLongCall,
  dgBroadcast,
  dgStray,
  dgOpenCalls,
  dgSameUuid,
  dgConversations,
  dgInterfaces,
  udpConversations,
};
