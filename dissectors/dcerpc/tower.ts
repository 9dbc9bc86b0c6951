/**
 * [C706] Appendix L protocol towers, with the floors of Appendix I and [MS-RPCE] 2.1: how the endpoint mapper
 * writes down interface, transfer syntax, protocol, endpoint and host. Counts and identifiers are little-endian,
 * ports big-endian, whatever the data representation label says.
 *
 * Not handled: addresses of protocols other than IP (kept as hex or text).
 */
import { malformed } from "../wire/errors.js";
import { hex, readGuid } from "../wire/guid.js";
import { Reader } from "../wire/reader.js";
import { latin1, untilNul } from "../wire/text.js";
import type { SyntaxId } from "./syntax-id.js";

/** One floor: the protocol identifier with its data (left-hand side), and what it is bound to (right-hand side). */
export interface Floor {
  protocol: number;
  /** Name of the protocol identifier, or its number in hex. */
  name: string;
  /** Left-hand side behind the protocol identifier. */
  lhs: Uint8Array;
  rhs: Uint8Array;
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
const FLOOR_NETBIOS = 0x11;

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
  [0x0f, "smb"],
  [0x10, "named_pipe"],
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
  [0x0f, "ncacn_np"],
  [0x10, "ncalrpc"],
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
 * The bytes of a twr_t. A tower that breaks off throws; what it said up to there is in `partial`, where given.
 */
export function readTower(bytes: Uint8Array, partial: Floor[] = []): Tower {
  const r = new Reader(bytes, true, 0, bytes.length, "tower_length");
  const count = r.u16();
  if (count > MAX_FLOORS) throw malformed(`a tower of ${count} floors`, 0, "floor_count");
  for (let i = 0; i < count; i++) partial.push(readFloor(r));
  return describeFloors(partial);
}

function readFloor(r: Reader): Floor {
  const left = r.window(r.u16(), "lhs_count");
  const right = r.window(r.u16(), "rhs_count");
  const protocol = left.u8();
  const name = FLOOR_NAMES.get(protocol) ?? `0x${protocol.toString(16).padStart(2, "0")}`;
  return { protocol, name, lhs: left.rest(), rhs: right.rest() };
}

/** What the floors say together. */
export function describeFloors(floors: Floor[]): Tower {
  const uuids = floors.filter((f) => f.protocol === FLOOR_UUID).map(syntaxOf);
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
    if (f.protocol === FLOOR_TCP || f.protocol === FLOOR_UDP || f.protocol === FLOOR_HTTP) {
      if (f.rhs.length >= 2) tower.port = (f.rhs[0]! << 8) | f.rhs[1]!;
    } else if (f.protocol === FLOOR_IP) {
      if (f.rhs.length === 4) tower.address = f.rhs.join(".");
    } else if (f.protocol === FLOOR_NETBIOS) {
      tower.address = untilNul(latin1(f.rhs));
    } else if (f.protocol === 0x0f || f.protocol === 0x10) {
      tower.endpoint = untilNul(latin1(f.rhs));
    }
  }
  return tower;
}

function syntaxOf(f: Floor): SyntaxId | null {
  if (f.lhs.length < 18) return null;
  const r = new Reader(f.lhs, true);
  const uuid = readGuid(r);
  const major = r.u16();
  const minor = f.rhs.length >= 2 ? f.rhs[0]! | (f.rhs[1]! << 8) : 0;
  return { uuid, major, minor };
}

/** A floor's right-hand side in hex, as it is shown where nothing better is known. */
export function floorData(f: Floor): string {
  return hex(f.rhs);
}
