/**
 * NTLMv2 as client and server of the lab speak it: [MS-NLMP] 2.2.1 messages, 3.3.2 NTLMv2, 3.4 session security.
 * Challenges, keys and times are handed in, so that a run can be repeated.
 *
 * Not handled: NTLMv1, connectionless mode, keys shorter than 128 bits, NTLM without extended session security.
 */

import { createHash, createHmac } from "node:crypto";
import { concat, utf16le, Writer } from "./bytes.js";

/** [MS-NLMP] 2.2.2.5 NEGOTIATE flags that the lab uses. */
const FLAGS = {
  UNICODE: 0x00000001,
  OEM: 0x00000002,
  REQUEST_TARGET: 0x00000004,
  SIGN: 0x00000010,
  SEAL: 0x00000020,
  NTLM: 0x00000200,
  ALWAYS_SIGN: 0x00008000,
  TARGET_TYPE_DOMAIN: 0x00010000,
  EXTENDED_SESSIONSECURITY: 0x00080000,
  IDENTIFY: 0x00100000,
  TARGET_INFO: 0x00800000,
  VERSION: 0x02000000,
  KEY_128: 0x20000000,
  KEY_EXCH: 0x40000000,
  KEY_56: 0x80000000,
} as const;

const SIGNATURE = "NTLMSSP\0";

export interface Account {
  user: string;
  domain: string;
  password: string;
  workstation: string;
}

export interface NtlmServer {
  netbiosDomain: string;
  netbiosComputer: string;
  dnsDomain: string;
  dnsComputer: string;
}

/** [MS-NLMP] 2.2.2.10 VERSION. */
export interface Version {
  major: number;
  minor: number;
  build: number;
}

export const WINDOWS_XP: Version = { major: 5, minor: 1, build: 2600 };
export const WINDOWS_VISTA: Version = { major: 6, minor: 0, build: 6001 };
export const WINDOWS_7: Version = { major: 6, minor: 1, build: 7601 };
export const WINDOWS_10: Version = { major: 10, minor: 0, build: 19041 };

export function md5(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(
    createHash("md5")
      .update(concat(...parts))
      .digest(),
  );
}

export function hmacMd5(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(
    createHmac("md5", key)
      .update(concat(...parts))
      .digest(),
  );
}

/** [RFC 1320]. Modern OpenSSL no longer offers it. */
export function md4(message: Uint8Array): Uint8Array {
  const padded = new Writer().bytes(message).u8(0x80);
  while (padded.length % 64 !== 56) padded.u8(0);
  padded.u64(BigInt(message.length) * 8n);
  const data = padded.done();
  const view = new DataView(data.buffer);
  const rotate = (x: number, n: number) => (x << n) | (x >>> (32 - n));
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  const rounds: {
    mix: (x: number, y: number, z: number) => number;
    add: number;
    order: number[];
    by: number[];
  }[] = [
    {
      mix: (x, y, z) => (x & y) | (~x & z),
      add: 0,
      order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
      by: [3, 7, 11, 19],
    },
    {
      mix: (x, y, z) => (x & y) | (x & z) | (y & z),
      add: 0x5a827999,
      order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
      by: [3, 5, 9, 13],
    },
    {
      mix: (x, y, z) => x ^ y ^ z,
      add: 0x6ed9eba1,
      order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
      by: [3, 9, 11, 15],
    },
  ];
  for (let block = 0; block < data.length; block += 64) {
    let [a, b, c, d] = state as [number, number, number, number];
    for (const round of rounds) {
      for (let i = 0; i < 16; i++) {
        const word = view.getUint32(block + 4 * round.order[i]!, true);
        const turned = rotate((a + round.mix(b, c, d) + word + round.add) | 0, round.by[i % 4]!);
        [a, b, c, d] = [d, turned, b, c];
      }
    }
    state[0] = (state[0]! + a) | 0;
    state[1] = (state[1]! + b) | 0;
    state[2] = (state[2]! + c) | 0;
    state[3] = (state[3]! + d) | 0;
  }
  const out = new Writer();
  for (const word of state) out.u32(word);
  return out.done();
}

/** RC4 that keeps its state from call to call. */
export class Rc4 {
  private readonly s = new Uint8Array(256);
  private i = 0;
  private j = 0;

  constructor(key: Uint8Array) {
    const s = this.s;
    for (let i = 0; i < 256; i++) s[i] = i;
    for (let i = 0, j = 0; i < 256; i++) {
      j = (j + s[i]! + key[i % key.length]!) & 255;
      [s[i], s[j]] = [s[j]!, s[i]!];
    }
  }

  run(data: Uint8Array): Uint8Array {
    const s = this.s;
    return data.map((byte) => {
      this.i = (this.i + 1) & 255;
      this.j = (this.j + s[this.i]!) & 255;
      [s[this.i], s[this.j]] = [s[this.j]!, s[this.i]!];
      return byte ^ s[(s[this.i]! + s[this.j]!) & 255]!;
    });
  }
}

/** 100-nanosecond units since 1601, from nanoseconds since 1970. [MS-DTYP] 2.3.3. */
export function fileTime(unixNanoseconds: bigint): bigint {
  return unixNanoseconds / 100n + 116444736000000000n;
}

function version(w: Writer, v: Version): void {
  w.u8(v.major).u8(v.minor).u16(v.build).fill(3).u8(15);
}

/** [MS-NLMP] 2.2.1.1 NEGOTIATE_MESSAGE, with the OEM domain and workstation where they are given. */
function negotiateMessage(flags: number, v: Version | null, domain = "", workstation = ""): Uint8Array {
  let all = flags;
  if (domain !== "") all |= 0x1000;
  if (workstation !== "") all |= 0x2000;
  const head = v === null ? 32 : 40;
  const w = new Writer().ascii(SIGNATURE).u32(1).u32(all);
  const workstationAt = head;
  const domainAt = head + workstation.length;
  if (domain !== "") w.u16(domain.length).u16(domain.length).u32(domainAt);
  else w.fill(8);
  if (workstation !== "") w.u16(workstation.length).u16(workstation.length).u32(workstationAt);
  else w.fill(8);
  if (v !== null) version(w, v);
  return w.ascii(workstation).ascii(domain).done();
}

/** [MS-NLMP] 2.2.2.1 AV_PAIRs as a domain member sends them; the timestamp asks the client for a MIC. */
function targetInfo(server: NtlmServer, timestamp: bigint | null): Uint8Array {
  const w = new Writer();
  const text = (id: number, value: string) =>
    w
      .u16(id)
      .u16(2 * value.length)
      .utf16(value);
  text(2, server.netbiosDomain);
  text(1, server.netbiosComputer);
  text(4, server.dnsDomain);
  text(3, server.dnsComputer);
  text(5, server.dnsDomain);
  if (timestamp !== null) w.u16(7).u16(8).u64(timestamp);
  return w.u16(0).u16(0).done();
}

/** [MS-NLMP] 2.2.1.2 CHALLENGE_MESSAGE. */
function challengeMessage(
  flags: number,
  challenge: Uint8Array,
  server: NtlmServer,
  info: Uint8Array,
  v: Version,
): Uint8Array {
  const name = utf16le(server.netbiosDomain);
  const w = new Writer().ascii(SIGNATURE).u32(2);
  w.u16(name.length).u16(name.length).u32(56).u32(flags).bytes(challenge).fill(8);
  w.u16(info.length)
    .u16(info.length)
    .u32(56 + name.length);
  version(w, v);
  return w.bytes(name).bytes(info).done();
}

/** [MS-NLMP] 3.3.2 NTOWFv2. */
export function ntowfv2(account: Account): Uint8Array {
  return hmacMd5(md4(utf16le(account.password)), utf16le(account.user.toUpperCase() + account.domain));
}

/** What one authentication needs beside the account; all of it chosen by the caller. */
export interface NtlmSeed {
  serverChallenge: Uint8Array;
  clientChallenge: Uint8Array;
  /** The exported session key that the client draws. */
  sessionKey: Uint8Array;
  /** FILETIME, in the challenge's AV pairs and in the client's response; null: an old server that sends none. */
  timestamp: bigint | null;
}

/** The three messages of one authentication, and the session they set up. */
export interface NtlmExchange {
  negotiate: Uint8Array;
  challenge: Uint8Array;
  authenticate: Uint8Array;
  flags: number;
  exportedSessionKey: Uint8Array;
}

export interface NtlmOptions {
  account: Account;
  server: NtlmServer;
  seed: NtlmSeed;
  seal: boolean;
  clientVersion: Version;
  serverVersion: Version;
  /** SPN in the response's MsvAvTargetName, as clients since Windows 7 send. */
  spn?: string;
}

/** Runs client and server against each other. [MS-NLMP] 3.1.5.1 and 3.2.5.1. */
export function authenticate(options: NtlmOptions): NtlmExchange {
  const { account, server, seed } = options;
  const F = FLAGS;
  const common = F.UNICODE | F.REQUEST_TARGET | F.SIGN | (options.seal ? F.SEAL : 0) | F.NTLM | F.ALWAYS_SIGN;
  const agreed = common | F.EXTENDED_SESSIONSECURITY | F.VERSION | F.KEY_128 | F.KEY_EXCH | F.KEY_56;
  const negotiate = negotiateMessage(
    (agreed | F.OEM) >>> 0,
    options.clientVersion,
    account.domain,
    account.workstation,
  );
  const info = targetInfo(server, seed.timestamp);
  const serverFlags = (agreed | F.TARGET_INFO | F.TARGET_TYPE_DOMAIN) >>> 0;
  const challenge = challengeMessage(serverFlags, seed.serverChallenge, server, info, options.serverVersion);

  const withMic = seed.timestamp !== null;
  const clientInfo = new Writer().bytes(info.slice(0, info.length - 4));
  if (withMic) clientInfo.u16(6).u16(4).u32(2);
  if (options.spn !== undefined)
    clientInfo
      .u16(9)
      .u16(2 * options.spn.length)
      .utf16(options.spn);
  clientInfo.u16(0).u16(0);
  const temp = new Writer()
    .u8(1)
    .u8(1)
    .fill(6)
    .u64(seed.timestamp ?? 0n)
    .bytes(seed.clientChallenge)
    .u32(0);
  temp.bytes(clientInfo.done()).u32(0);
  const key = ntowfv2(account);
  const proof = hmacMd5(key, seed.serverChallenge, temp.done());
  const ntResponse = concat(proof, temp.done());
  // A client that was given a timestamp sends no LMv2 response: [MS-NLMP] 3.1.5.1.2.
  const lmResponse = withMic
    ? new Uint8Array(24)
    : concat(hmacMd5(key, seed.serverChallenge, seed.clientChallenge), seed.clientChallenge);
  const sessionBaseKey = hmacMd5(key, proof);
  const encryptedKey = new Rc4(sessionBaseKey).run(seed.sessionKey);

  const flags = (agreed | F.TARGET_INFO) >>> 0;
  const fields = {
    domain: utf16le(account.domain),
    user: utf16le(account.user),
    host: utf16le(account.workstation),
  };
  const head = withMic ? 88 : 72;
  const domainAt = head;
  const userAt = domainAt + fields.domain.length;
  const hostAt = userAt + fields.user.length;
  const lmAt = hostAt + fields.host.length;
  const ntAt = lmAt + lmResponse.length;
  const keyAt = ntAt + ntResponse.length;
  const w = new Writer().ascii(SIGNATURE).u32(3);
  const field = (data: Uint8Array, at: number) => w.u16(data.length).u16(data.length).u32(at);
  field(lmResponse, lmAt);
  field(ntResponse, ntAt);
  field(fields.domain, domainAt);
  field(fields.user, userAt);
  field(fields.host, hostAt);
  field(encryptedKey, keyAt);
  w.u32(flags);
  version(w, options.clientVersion);
  if (withMic) w.fill(16);
  w.bytes(fields.domain).bytes(fields.user).bytes(fields.host);
  w.bytes(lmResponse).bytes(ntResponse).bytes(encryptedKey);
  const message = w.done();
  if (withMic) message.set(hmacMd5(seed.sessionKey, negotiate, challenge, message), 72);
  return { negotiate, challenge, authenticate: message, flags, exportedSessionKey: seed.sessionKey };
}

/** One direction's signing and sealing. [MS-NLMP] 3.4.4.2, 3.4.5. */
export class NtlmDirection {
  private readonly signingKey: Uint8Array;
  private readonly sealingKey: Uint8Array;
  private rc4: Rc4;
  private sequence = 0;

  constructor(sessionKey: Uint8Array, from: "client" | "server") {
    const magic = (what: string) =>
      new TextEncoder().encode(
        from === "client"
          ? `session key to client-to-server ${what} key magic constant\0`
          : `session key to server-to-client ${what} key magic constant\0`,
      );
    this.signingKey = md5(sessionKey, magic("signing"));
    this.sealingKey = md5(sessionKey, magic("sealing"));
    this.rc4 = new Rc4(this.sealingKey);
  }

  /** Signs `message` and, where `sealed` is given, encrypts that part of it first: the order RC4's state needs. */
  protect(
    message: Uint8Array,
    sealed: Uint8Array | null,
  ): { sealed: Uint8Array | null; signature: Uint8Array } {
    const sequence = this.sequence++;
    const covered = sealed === null ? null : this.rc4.run(sealed);
    const number = new Writer().u32(sequence).done();
    const checksum = this.rc4.run(hmacMd5(this.signingKey, number, message).slice(0, 8));
    return { sealed: covered, signature: new Writer().u32(1).bytes(checksum).u32(sequence).done() };
  }

  /** The mechListMIC of SPNEGO, after which the RC4 state starts afresh while the sequence number goes on. */
  mechListMic(mechTypes: Uint8Array): Uint8Array {
    const { signature } = this.protect(mechTypes, null);
    this.rc4 = new Rc4(this.sealingKey);
    return signature;
  }
}
