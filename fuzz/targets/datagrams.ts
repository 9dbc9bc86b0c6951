/** Connectionless DCE/RPC: its PDUs, and calls whose datagrams are lost, doubled, out of order, and contradict each other. */
import { isConnectionless, readDatagram } from "../../dissectors/dcerpc/connectionless.js";
import { Reader } from "../../dissectors/wire/reader.js";
import { concat, Writer } from "../../test/lab/bytes.js";
import {
  cancelBody,
  type DatagramKind,
  DG_PTYPE,
  datagramPdu,
  fackBody,
  statusBody,
} from "../../test/lab/datagram.js";
import { ipv4 } from "../../test/support/reassembly/packets.js";
import { udp } from "../../test/support/rpc/datagrams.js";
import { mutate } from "../mutate.js";
import { checkCapture, OracleError } from "../oracles.js";
import { type Random, seeded } from "../random.js";
import type { Target } from "../target.js";

const KINDS = Object.keys(DG_PTYPE) as DatagramKind[];
const ACTIVITIES = ["5a0b1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3", "00000001-0000-0000-0000-000000000000"];
const INTERFACES = [
  "dea00001-6c97-11d1-8271-00a02442df7d",
  "333a2276-0000-0000-0d00-00809c000000",
  "e1af8308-5d1f-11c9-91a4-08002b14a0fa",
  "afa8bd80-7d8a-11c9-bef4-08002b102989",
  "12345678-1234-abcd-ef00-0123456789ab",
];
const HOSTS = [
  [10, 0, 0, 1],
  [10, 0, 0, 2],
  [10, 0, 0, 255],
];

/** LINKTYPE_RAW: each record is an IP packet. */
const FILE_HEADER = Uint8Array.from(Buffer.from("d4c3b2a1020004000000000000000000ffff000065000000", "hex"));

function body(kind: DatagramKind, random: Random, little: boolean): Uint8Array {
  switch (kind) {
    case "fault":
    case "reject":
      return statusBody(random.pick([0x1c010003, 0x1c00000d, 5]), little);
    case "cl_cancel":
      return cancelBody(random.below(4), null, little);
    case "cancel_ack":
      return cancelBody(random.below(4), random.oneIn(2), little);
    case "fack":
      return fackBody(random.below(8), random.below(8), little);
    case "request":
    case "response": {
      const size = random.below(40);
      const words = new Writer(little).u32(size).u32(size).u32(size).u32(0).u32(size);
      return random.oneIn(4) ? random.bytes(random.below(80)) : words.bytes(random.bytes(size)).done();
    }
    default:
      return random.oneIn(8) ? random.bytes(random.below(20)) : new Uint8Array(0);
  }
}

function pdu(random: Random): Uint8Array {
  const type = random.oneIn(3) ? random.pick(KINDS) : random.pick(["request", "response"] as const);
  const little = !random.oneIn(3);
  const token = random.bytes(random.below(20));
  const auth = { protocol: random.pick([1, 9, 10, 16]), level: random.below(7), token };
  return datagramPdu(
    {
      type,
      little,
      activity: random.pick(ACTIVITIES),
      interfaceId: random.pick(INTERFACES),
      version: random.pick([1, 3, 0x10003]),
      sequence: random.below(4),
      opnum: random.below(6),
      flags1: random.oneIn(3) ? random.below(256) : random.pick([0, 4, 4, 6]),
      flags2: random.pick([0, 2, 4]),
      fragment: random.oneIn(6) ? random.below(0x10000) : random.below(4),
      ...(random.oneIn(6) ? { auth } : {}),
    },
    body(type, random, little),
  );
}

function packet(random: Random): Uint8Array {
  const payload = random.oneIn(5) ? mutate(pdu(random), random) : pdu(random);
  const from = random.pick([50_000, 50_000, 1025]);
  return ipv4(random.pick(HOSTS), random.pick(HOSTS), 17, udp(payload, from, from === 1025 ? 50_000 : 1025));
}

function capture(random: Random): Uint8Array {
  let seconds = 1_700_000_000;
  const records = Array.from({ length: 1 + random.below(60) }, () => {
    const bytes = packet(random);
    seconds += random.pick([0, 0, 0, 1, 5, 400]);
    const captured = random.oneIn(12) ? random.below(bytes.length) : bytes.length;
    const header = new Writer().u32(seconds).u32(0).u32(captured).u32(bytes.length).done();
    return concat(header, bytes.subarray(0, captured));
  });
  return concat(FILE_HEADER, ...records);
}

export const datagrams: Target = {
  name: "datagrams",
  seeds: async () => Array.from({ length: 8 }, (_, i) => capture(seeded(`datagrams ${i}`))),
  make: (random) => capture(random),
  async run(input) {
    if (isConnectionless(input, 0, input.length, input.length)) {
      const { body: read } = readDatagram(new Reader(input), input.length);
      if (read !== null && "stubEnd" in read && read.stubEnd > input.length)
        throw new OracleError("a stub ends behind the datagram");
    }
    await checkCapture(input, {
      maxMemory: input.length % 2 === 0 ? 1 << 20 : 1 << 26,
      live: input.length % 3 === 0,
    });
  },
};
