/**
 * [C706] Appendix L protocol towers, with the floors of Appendix I and [MS-RPCE] 2.1: how the endpoint mapper
 * writes down interface, transfer syntax, protocol, endpoint and host. Counts and identifiers are little-endian,
 * ports big-endian, whatever the data representation label says.
 *
 * Not handled: addresses of protocols other than IP (kept as hex or text).
 */
import { malformed } from "../wire/errors.js";
import { hex, readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { latin1, untilNul } from "../wire/text.js";
import { transferUuidName } from "./bind.js";
import type { SyntaxId } from "./syntax-id.js";

/** One floor: the protocol identifier with its data (left-hand side), and what it is bound to (right-hand side). */
export interface Floor {
  protocol: number;
  /** Name of the protocol identifier, or its number in hex. */
  name: string;
  /** Left-hand side behind the protocol identifier. */
  lhs: Uint8Array;
  rhs: Uint8Array;
  /** Of a floor that names an interface or a transfer syntax. */
  syntax: SyntaxId | null;
}

export interface Tower {
  floors: Floor[];
  interface: SyntaxId | null;
  transferSyntax: SyntaxId | null;
  /** Protocol sequence (`ncacn_ip_tcp`), or null where the floors name none. */
  protocol: string | null;
  /** TCP, UDP or HTTP port. */
  port: number | null;
  /** Named pipe, LRPC port or other endpoint in text. */
  endpoint: string | null;
  /** IPv4 address in dotted form, or a NetBIOS host name. */
  address: string | null;
}

/** More floors than any protocol stack has. */
const MAX_FLOORS = 16;

const FLOOR_UUID = 0x0d;
const FLOOR_TCP = 0x07;
const FLOOR_UDP = 0x08;
const FLOOR_IP = 0x09;
const FLOOR_HTTP = 0x1f;
const FLOOR_SMB = 0x0f;
const FLOOR_PIPE = 0x10;
const FLOOR_NETBIOS = 0x11;
/** Bytes of a UUID and its version on a left-hand side. */
const UUID_AND_VERSION = 18;

/** [C706] Appendix I, table of protocol identifiers. */
const FLOOR_NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, "osi_oid"],
  [0x02, "dna_session"],
  [0x03, "dna_session_v3"],
  [0x04, "dna_nsp"],
  [0x05, "osi_tp4"],
  [0x06, "osi_clns"],
  [FLOOR_TCP, "tcp"],
  [FLOOR_UDP, "udp"],
  [FLOOR_IP, "ip"],
  [0x0a, "ncadg"],
  [0x0b, "ncacn"],
  [0x0c, "ncalrpc"],
  [FLOOR_UUID, "uuid"],
  [0x0e, "ipx"],
  [FLOOR_SMB, "smb"],
  [FLOOR_PIPE, "named_pipe"],
  [FLOOR_NETBIOS, "netbios"],
  [0x12, "netbeui"],
  [0x13, "spx"],
  [0x14, "nb_ipx"],
  [0x16, "dsp"],
  [0x17, "ddp"],
  [0x18, "appletalk"],
  [0x1a, "vines_spp"],
  [0x1b, "vines_ipc"],
  [0x1c, "streettalk"],
  [FLOOR_HTTP, "http"],
  [0x20, "unix_ds"],
  [0x21, "null"],
]);

/** Protocol sequences by the identifier of the floor that decides them, the fourth from below. */
const SEQUENCES: ReadonlyMap<number, string> = new Map([
  [FLOOR_TCP, "ncacn_ip_tcp"],
  [FLOOR_UDP, "ncadg_ip_udp"],
  [FLOOR_HTTP, "ncacn_http"],
  [0x0e, "ncadg_ipx"],
  [FLOOR_SMB, "ncacn_np"],
  [FLOOR_PIPE, "ncalrpc"],
  [0x12, "ncacn_nb_nb"],
  [0x13, "ncacn_spx"],
  [0x14, "ncacn_nb_ipx"],
  [0x16, "ncacn_at_dsp"],
  [0x17, "ncadg_at_ddp"],
  [0x1a, "ncacn_vns_spp"],
  [0x1b, "ncacn_vns_ipc"],
  [0x04, "ncacn_dnet_nsp"],
  [0x20, "ncacn_unix_stream"],
]);

/**
 * The bytes of a twr_t, which fill the window. A tower that breaks off throws; what it said up to there is in `partial`, where
 * given.
 */
export function readTower(r: Reader, partial: Floor[] = []): Tower {
  r.littleEndian = true;
  const count = r.u16("floor_count");
  if (count > MAX_FLOORS) throw malformed(`a tower of ${count} floors`, 0, "floor_count");
  for (let i = 0; i < count; i++) {
    r.enter("floor", i + 1);
    partial.push(readFloor(r));
    r.leave();
  }
  return describeFloors(partial);
}

function readFloor(r: Reader): Floor {
  const left = r.window(r.u16("lhs_byte_count"), "lhs_count");
  const at = left.fork();
  const protocol = left.u8("protocol_identifier", floorName);
  const lhs = at.data.subarray(left.offset, left.end);
  const named = protocol === FLOOR_UUID && left.left >= UUID_AND_VERSION;
  const uuid = named ? readGuid(left, "uuid", transferUuidName) : null;
  const major = named ? left.u16("version") : 0;
  left.rest("lhs_data");
  const right = r.window(r.u16("rhs_byte_count"), "rhs_count");
  const rhs = right.data.subarray(right.offset, right.end);
  const minor = uuid !== null && right.left >= 2 ? right.u16("version_minor") : 0;
  readRight(right, protocol);
  const syntax = uuid === null ? null : { uuid, major, minor };
  return { protocol, name: floorName(protocol), lhs, rhs, syntax };
}

/** What the right-hand side is, by the protocol. */
function readRight(r: Reader, protocol: number): void {
  if (isPort(protocol)) {
    r.littleEndian = false;
    if (r.left >= 2) r.u16("port");
  } else if (protocol === FLOOR_IP) {
    if (r.left === 4) r.skip(4, "host_addr");
  } else if (protocol === FLOOR_NETBIOS) {
    r.bytes(r.left, "host_name", textOf);
  } else if (protocol === FLOOR_SMB || protocol === FLOOR_PIPE) {
    r.bytes(r.left, "endpoint", textOf);
  }
  r.rest("rhs_data");
}

function textOf(bytes: Uint8Array): string {
  return untilNul(latin1(bytes));
}

function isPort(protocol: number): boolean {
  return protocol === FLOOR_TCP || protocol === FLOOR_UDP || protocol === FLOOR_HTTP;
}

function floorName(protocol: number): string {
  return FLOOR_NAMES.get(protocol) ?? `0x${protocol.toString(16).padStart(2, "0")}`;
}

/** What the floors say together. */
export function describeFloors(floors: Floor[]): Tower {
  const uuids = floors.filter((f) => f.protocol === FLOOR_UUID).map((f) => f.syntax);
  const tower: Tower = {
    floors,
    interface: uuids[0] ?? null,
    transferSyntax: uuids[1] ?? null,
    protocol: null,
    port: null,
    endpoint: null,
    address: null,
  };
  for (const f of floors.slice(2)) {
    tower.protocol ??= SEQUENCES.get(f.protocol) ?? null;
    if (isPort(f.protocol)) {
      if (f.rhs.length >= 2) tower.port = (f.rhs[0]! << 8) | f.rhs[1]!;
    } else if (f.protocol === FLOOR_IP) {
      if (f.rhs.length === 4) tower.address = f.rhs.join(".");
    } else if (f.protocol === FLOOR_NETBIOS) {
      tower.address = textOf(f.rhs);
    } else if (f.protocol === FLOOR_SMB || f.protocol === FLOOR_PIPE) {
      tower.endpoint = textOf(f.rhs);
    }
  }
  return tower;
}

/** A floor's right-hand side in hex, as it is shown where nothing better is known. */
export function floorData(f: Floor): string {
  return hex(f.rhs);
}
