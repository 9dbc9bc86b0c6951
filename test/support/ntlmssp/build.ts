/** Builds messages of NTLMSSP for tests: fields in any order, with or without the later parts of the fixed part. */
import { concat } from "../../../dissectors/wire/bytes.js";

export const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
export const utf16 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "utf16le"));

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 255, value >> 8);
}

export function u32(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
}

export function avPair(id: number, value: Uint8Array): Uint8Array {
  return concat(u16(id), u16(value.length), value);
}

export const AV_EOL = avPair(0, new Uint8Array(0));
const VERSION = Uint8Array.of(10, 0, 0x63, 0x45, 0, 0, 0, 15);

/** NTProofStr and NTLMv2_CLIENT_CHALLENGE with these AV pairs. */
export function ntlmv2Response(
  proof: Uint8Array,
  pairs: Uint8Array,
  time: Uint8Array = new Uint8Array(8),
): Uint8Array {
  return concat(proof, ntlmv2Temp(pairs, time));
}

export function ntlmv2Temp(pairs: Uint8Array, time: Uint8Array = new Uint8Array(8)): Uint8Array {
  return concat(
    Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0),
    time,
    new Uint8Array(8).fill(0xaa),
    new Uint8Array(4),
    pairs,
    new Uint8Array(4),
  );
}

export interface AuthenticateParts {
  lm?: Uint8Array;
  nt?: Uint8Array;
  domain?: Uint8Array;
  user?: Uint8Array;
  workstation?: Uint8Array;
  key?: Uint8Array;
  flags?: number;
  /** Null leaves the field out altogether. */
  version?: Uint8Array | null;
  mic?: Uint8Array | null;
  /** Ends the fixed part before session key and flags, as the oldest clients do. */
  short?: boolean;
  /** The order in which the payload is laid out. */
  order?: readonly PayloadName[];
}

export const PAYLOAD = ["lm", "nt", "domain", "user", "workstation", "key"] as const;
export type PayloadName = (typeof PAYLOAD)[number];

export function authenticate(parts: AuthenticateParts): Uint8Array {
  const { version = VERSION, mic = new Uint8Array(16), short = false, order = PAYLOAD } = parts;
  const none = new Uint8Array(0);
  const tail = short ? none : concat(version ?? none, mic ?? none);
  let at = (short ? 52 : 64) + tail.length;
  const fields = new Map<PayloadName, Uint8Array>();
  const payload: Uint8Array[] = [];
  for (const name of order) {
    const value = parts[name] ?? none;
    fields.set(name, concat(u16(value.length), u16(value.length), u32(at)));
    payload.push(value);
    at += value.length;
  }
  const f = (name: PayloadName): Uint8Array => fields.get(name) ?? new Uint8Array(8);
  const head = concat(ascii("NTLMSSP\0"), u32(3), f("lm"), f("nt"), f("domain"), f("user"), f("workstation"));
  const key = short ? none : concat(f("key"), u32(parts.flags ?? 0xe2888215));
  return concat(head, key, tail, ...payload);
}

export function challenge(
  flags: number,
  serverChallenge: Uint8Array,
  target: Uint8Array,
  info: Uint8Array,
  version: Uint8Array | null = VERSION,
): Uint8Array {
  const fixed = 48 + (version?.length ?? 0);
  return concat(
    ascii("NTLMSSP\0"),
    u32(2),
    concat(u16(target.length), u16(target.length), u32(fixed)),
    u32(flags),
    serverChallenge,
    new Uint8Array(8),
    concat(u16(info.length), u16(info.length), u32(fixed + target.length)),
    version ?? new Uint8Array(0),
    target,
    info,
  );
}

export function negotiate(flags: number, domain = "", workstation = ""): Uint8Array {
  return concat(
    ascii("NTLMSSP\0"),
    u32(1),
    u32(flags),
    concat(u16(domain.length), u16(domain.length), u32(40 + workstation.length)),
    concat(u16(workstation.length), u16(workstation.length), u32(40)),
    VERSION,
    ascii(workstation),
    ascii(domain),
  );
}
