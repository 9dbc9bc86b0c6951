/** [MS-NLMP] 2.2.2.1 AV_PAIR and 2.2.2.2 Single_Host_Data: what a server and a client say of themselves. */
import { WireError } from "../wire/errors.js";
import { readFileTime } from "../wire/file-time.js";
import { hex } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { type FlagTable, flagsOf } from "../wire/show.js";
import { utf16 } from "../wire/text.js";

const MSV_AV_EOL = 0;
export const MSV_AV_FLAGS = 6;
const MSV_AV_TIMESTAMP = 7;
const MSV_AV_SINGLE_HOST = 8;
const MSV_AV_CHANNEL_BINDINGS = 10;
/** [MS-NLMP] 2.2.2.1 and 2.2.2.2: bytes of the values that always have as many. */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [MSV_AV_FLAGS, 4],
  [MSV_AV_TIMESTAMP, 8],
  [MSV_AV_SINGLE_HOST, 48],
  [MSV_AV_CHANNEL_BINDINGS, 16],
]);
/** Pairs of one list that are decoded. */
const MAX_AV_PAIRS = 256;
/** MsvAvFlags: the client fills in the MIC. */
export const AV_FLAG_MIC = 0x00000002;

/** [MS-NLMP] 2.2.2.1, MsvAvFlags. */
const AV_FLAGS: FlagTable = [
  [0x00000001, "the account's authentication is constrained"],
  [AV_FLAG_MIC, "the client fills in the MIC"],
  [0x00000004, "the target name is from an untrusted source"],
];
const showAvFlags = flagsOf(AV_FLAGS);

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
  /** Names as text, MsvAvFlags as a number, MsvAvTimestamp as [RFC 3339] in UTC, anything else as hex. */
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

const VALUE = "Value";

/** The value of a pair, which is all of `r`. */
function avValue(id: number, r: Reader): AvPair["value"] {
  const length = r.left;
  if (id === MSV_AV_FLAGS && length === 4) return r.u32(VALUE, showAvFlags);
  if (id === MSV_AV_TIMESTAMP && length === 8) return readFileTime(r, VALUE);
  if (id === MSV_AV_SINGLE_HOST && length >= 48) return r.part(VALUE, readSingleHost, undefined);
  if (!isText(id)) return hex(r.rest(VALUE));
  const start = r.offset;
  const text = utf16(r.rest());
  if (length > 0) r.note(VALUE, start, text);
  return text;
}

/** [MS-NLMP] 2.2.2.2. */
function readSingleHost(r: Reader): SingleHostData {
  return {
    Size: r.u32("Size"),
    Z4: r.u32("Z4"),
    CustomData: hex(r.bytes(8, "CustomData")),
    MachineID: hex(r.bytes(32, "MachineID")),
  };
}

function isText(id: number): boolean {
  if (id === MSV_AV_FLAGS || id === MSV_AV_TIMESTAMP || id === MSV_AV_SINGLE_HOST) return false;
  return id < MSV_AV_CHANNEL_BINDINGS;
}

function counted(bytes: number): string {
  return bytes === 1 ? "1 byte" : `${bytes} bytes`;
}

/** Where the faults of a list go, and what they call it. */
export interface AvFaults {
  faults: string[];
  where: string;
}

/**
 * The pairs up to MsvAvEOL. A list that ends without it, or is cut, gives those before and a sentence in `faults`; so does a value
 * of a wrong length.
 */
export function readAvPairs(r: Reader, { faults, where }: AvFaults): AvPair[] {
  const pairs: AvPair[] = [];
  try {
    while (pairs.length < MAX_AV_PAIRS) {
      r.enter("AV_PAIR", pairs.length);
      const id = r.u16("AvId", showAvId);
      const length = r.u16("AvLen");
      if (id === MSV_AV_EOL) {
        r.leave();
        if (length !== 0) faults.push(`${where}: MsvAvEOL claims ${counted(length)} instead of none`);
        return pairs;
      }
      const name = avName(id);
      const value = r.window(length, "AvLen");
      if (isText(id) && length % 2 !== 0) {
        faults.push(
          `${where}: ${name} has ${length} bytes, which cannot be UTF-16 (an odd length); shown without the last byte`,
        );
      }
      const expected = LENGTHS.get(id);
      if (expected !== undefined && length !== expected) {
        const shown =
          id === MSV_AV_SINGLE_HOST && length > expected
            ? `the first ${expected} are decoded`
            : "shown as hex";
        faults.push(`${where}: ${name} has ${counted(length)} instead of ${expected}; ${shown}`);
      }
      pairs.push({ AvId: id, name, value: avValue(id, value) });
      r.leave();
    }
    faults.push(`${where}: more than ${MAX_AV_PAIRS} AV pairs`);
  } catch (fault) {
    if (!(fault instanceof WireError)) throw fault;
    faults.push(`${where}: the list of AV pairs ends without MsvAvEOL`);
  }
  return pairs;
}

function avName(id: number): string {
  return NAMES[id] ?? `0x${id.toString(16).padStart(4, "0")}`;
}

function showAvId(id: number): string {
  return NAMES[id] ?? "";
}
