/** [MS-NLMP] 2.2.2.1 AV_PAIR and 2.2.2.2 Single_Host_Data: what a server and a client say of themselves. */
import { WireError } from "../wire/errors.js";
import { hex } from "../wire/guid.js";
import { Reader } from "../wire/reader.js";
import { utf16 } from "../wire/text.js";

const MSV_AV_EOL = 0;
export const MSV_AV_FLAGS = 6;
const MSV_AV_TIMESTAMP = 7;
const MSV_AV_SINGLE_HOST = 8;
const MSV_AV_CHANNEL_BINDINGS = 10;
/** Pairs of one list that are decoded. */
export const MAX_AV_PAIRS = 256;
/** MsvAvFlags: the client fills in the MIC. */
export const AV_FLAG_MIC = 0x00000002;

export interface SingleHostData {
  Size: number;
  Z4: number;
  /** Hex. */
  CustomData: string;
  /** Hex. */
  MachineID: string;
}

export interface AvPair {
  AvId: number;
  /** The specification's name, or `0x%04x`. */
  name: string;
  /** Names as text, MsvAvFlags as a number, MsvAvTimestamp as RFC 3339 in UTC, anything else as hex. */
  value: string | number | SingleHostData;
}

const NAMES: readonly (string | undefined)[] = [
  "MsvAvEOL",
  "MsvAvNbComputerName",
  "MsvAvNbDomainName",
  "MsvAvDnsComputerName",
  "MsvAvDnsDomainName",
  "MsvAvDnsTreeName",
  "MsvAvFlags",
  "MsvAvTimestamp",
  "MsvAvSingleHost",
  "MsvAvTargetName",
  "MsvAvChannelBindings",
];

const EPOCH_1601_MS = 11644473600000n;
/** 9999-12-31, where RFC 3339 ends. */
const LAST_FILETIME = 2650467744000000000n;

/** [MS-DTYP] 2.3.3 FILETIME as RFC 3339 in UTC with its seven fractional digits; beyond the year 9999, its number. */
export function fileTime(ticks: bigint): string {
  if (ticks >= LAST_FILETIME) return ticks.toString();
  const date = new Date(Number(ticks / 10000n - EPOCH_1601_MS));
  const fraction = (ticks % 10000000n).toString().padStart(7, "0");
  return `${date.toISOString().slice(0, 19)}.${fraction}Z`;
}

function avValue(id: number, value: Uint8Array): AvPair["value"] {
  const r = new Reader(value, true, 0, value.length, "AvLen");
  if (id === MSV_AV_FLAGS && value.length === 4) return r.u32();
  if (id === MSV_AV_TIMESTAMP && value.length === 8) return fileTime(r.u64());
  if (id === MSV_AV_SINGLE_HOST && value.length >= 48) {
    return { Size: r.u32(), Z4: r.u32(), CustomData: hex(r.bytes(8)), MachineID: hex(r.bytes(32)) };
  }
  const text = id !== MSV_AV_FLAGS && id !== MSV_AV_TIMESTAMP && id !== MSV_AV_SINGLE_HOST;
  return text && id < MSV_AV_CHANNEL_BINDINGS ? utf16(value) : hex(value);
}

/** The pairs up to MsvAvEOL. A list that ends without it, or is cut, gives those before and a sentence in `faults`. */
export function readAvPairs(bytes: Uint8Array, faults: string[], where: string): AvPair[] {
  const pairs: AvPair[] = [];
  const r = new Reader(bytes, true, 0, bytes.length, where);
  try {
    while (pairs.length < MAX_AV_PAIRS) {
      const id = r.u16();
      const length = r.u16();
      if (id === MSV_AV_EOL) return pairs;
      pairs.push({
        AvId: id,
        name: NAMES[id] ?? `0x${id.toString(16).padStart(4, "0")}`,
        value: avValue(id, r.bytes(length)),
      });
    }
    faults.push(`${where}: more than ${MAX_AV_PAIRS} AV pairs`);
  } catch (fault) {
    if (!(fault instanceof WireError)) throw fault;
    faults.push(`${where}: the list of AV pairs ends without MsvAvEOL`);
  }
  return pairs;
}
