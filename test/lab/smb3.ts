/**
 * How client and server of the lab protect their messages in SMB 3: [MS-SMB2] 3.1.4.1 to 3.1.4.3, computed by node:crypto.
 *
 * Not handled: compression, AES-GMAC.
 */
import { createCipheriv, createHash, createHmac } from "node:crypto";
import { concat, type Seeded, Writer } from "./bytes.js";
import { type Head, packet, SMB2 } from "./smb2.js";

/** [MS-SMB2] 2.2.3.1.2. */
export const CIPHER = { CCM_128: 1, GCM_128: 2, CCM_256: 3, GCM_256: 4 } as const;

type Side = "client" | "server";

/** The request: the dialects up to `highest`, with the contexts of SMB 3.1.1. [MS-SMB2] 2.2.3 and 2.2.3.1. */
export function negotiate3(head: Head, random: Seeded, highest: 0x0300 | 0x0311): Uint8Array {
  const dialects = [0x0202, 0x0210, 0x0300, 0x0302, 0x0311].filter((dialect) => dialect <= highest);
  const w = new Writer().u8(0xfe).ascii("SMB").u16(64).u16(1).u32(0).u16(SMB2.NEGOTIATE).u16(1);
  w.u32(0).u32(0).u64(head.messageId).u32(0xfeff).u32(0).u64(0n).fill(16);
  w.u16(36).u16(dialects.length).u16(1).u16(0).u32(0x7f).bytes(random.bytes(16));
  const contexts = highest === 0x0311;
  // NegotiateContextOffset: behind the dialects, at the next multiple of eight.
  const at = Math.ceil((w.length + 8 + 2 * dialects.length) / 8) * 8;
  w.u32(contexts ? at : 0)
    .u16(contexts ? 3 : 0)
    .u16(0);
  for (const dialect of dialects) w.u16(dialect);
  if (!contexts) return w.done();
  w.align(8).u16(1).u16(38).u32(0).u16(1).u16(32).u16(1).bytes(random.bytes(32)).align(8);
  w.u16(2).u16(6).u32(0).u16(2).u16(CIPHER.GCM_128).u16(CIPHER.CCM_128).align(8);
  return w.u16(8).u16(4).u32(0).u16(1).u16(1).done();
}

/** The response of SMB 3.1.1: a cipher, and signatures by AES-CMAC. [MS-SMB2] 2.2.4 and 2.2.4.1. */
export function negotiated311(head: Head, cipher: number): Uint8Array {
  const w = new Writer().u8(0xfe).ascii("SMB").u16(64).u16(1).u32(0).u16(SMB2.NEGOTIATE).u16(1);
  w.u32(1).u32(0).u64(head.messageId).u32(0xfeff).u32(0).u64(0n).fill(16);
  w.u16(65).u16(1).u16(0x0311).u16(3).fill(16, 0x22).u32(0x7f);
  w.u32(8 << 20)
    .u32(8 << 20)
    .u32(8 << 20)
    .u64(0n)
    .u64(0n);
  w.u16(128).u16(0).u32(128);
  w.u16(1).u16(38).u32(0).u16(1).u16(32).u16(1).fill(32, 0x55).align(8);
  w.u16(2).u16(4).u32(0).u16(1).u16(cipher).align(8);
  return w.u16(8).u16(4).u32(0).u16(1).u16(1).done();
}

/** The hash of the messages that set a session up, in SMB 3.1.1. */
export class Preauth {
  value: Uint8Array;

  constructor(before: Uint8Array = new Uint8Array(64)) {
    this.value = before;
  }

  add(message: Uint8Array): void {
    this.value = Uint8Array.from(createHash("sha512").update(this.value).update(message).digest());
  }
}

function derive(key: Uint8Array, label: string, context: Uint8Array, length: number): Uint8Array {
  const w = new Writer(false)
    .u32(1)
    .ascii(label)
    .u8(0)
    .u8(0)
    .bytes(context)
    .u32(8 * length);
  return Uint8Array.from(createHmac("sha256", key).update(w.done()).digest().subarray(0, length));
}

export interface Smb3Options {
  dialect: 0x0300 | 0x0311;
  cipher: number;
  sessionId: bigint;
  sessionKey: Uint8Array;
  preauth?: Uint8Array;
}

export class Smb3Session {
  readonly #options: Smb3Options;
  readonly #signing: Uint8Array;
  readonly #keys: { readonly [side in Side]: Uint8Array };
  #nonce = 1n;

  constructor(options: Smb3Options) {
    const { dialect, cipher, sessionKey, preauth = new Uint8Array(64) } = options;
    this.#options = options;
    const text = (value: string): Uint8Array => new Writer().ascii(value).u8(0).done();
    const length = cipher > 2 ? 32 : 16;
    // [MS-SMB2] 3.2.5.3.1: SessionKey is the first sixteen bytes; keys of 256 bits are made of FullSessionKey.
    const made = (label: string, context: string, label311: string, size: number): Uint8Array => {
      const key = size === 32 ? sessionKey : sessionKey.subarray(0, 16);
      return dialect === 0x0311
        ? derive(key, label311, preauth, size)
        : derive(key, label, text(context), size);
    };
    this.#signing = made("SMB2AESCMAC", "SmbSign", "SMBSigningKey", 16);
    this.#keys = {
      client: made("SMB2AESCCM", "ServerIn ", "SMBC2SCipherKey", length),
      server: made("SMB2AESCCM", "ServerOut", "SMBS2CCipherKey", length),
    };
  }

  /** The message with its signature. */
  sign(message: Uint8Array): Uint8Array {
    const signed = Uint8Array.from(message);
    signed[16]! |= 8;
    signed.fill(0, 48, 64);
    signed.set(cmac(this.#signing, signed), 48);
    return signed;
  }

  /** Messages in one encrypted message, a compound where they are several. */
  seal(side: Side, ...messages: Uint8Array[]): Uint8Array {
    const { cipher, sessionId } = this.#options;
    const clear = packet(...messages).subarray(4);
    const ccm = cipher % 2 === 1;
    const nonce = new Writer()
      .u64(this.#nonce++)
      .fill(8)
      .done();
    const head = new Writer().bytes(nonce).u32(clear.length).u16(0).u16(1).u64(sessionId).done();
    const key = this.#keys[side];
    const name = `aes-${8 * key.length}-${ccm ? "ccm" : "gcm"}` as "aes-128-ccm";
    const cut = nonce.subarray(0, ccm ? 11 : 12);
    const sealing = createCipheriv(name, key, cut, { authTagLength: 16 });
    sealing.setAAD(head, { plaintextLength: clear.length });
    const data = sealing.update(clear);
    sealing.final();
    return concat(new Writer().u8(0xfd).ascii("SMB").bytes(sealing.getAuthTag()).done(), head, data);
  }
}

/** [RFC 4493], block by block. */
function cmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = (data: Uint8Array): Uint8Array =>
    createCipheriv("aes-128-ecb", key, null).setAutoPadding(false).update(data);
  const twice = (data: Uint8Array): Uint8Array => {
    const n =
      (BigInt(`0x${Buffer.from(data).toString("hex")}`) << 1n) ^ ((data[0]! & 0x80) !== 0 ? 0x87n : 0n);
    return Buffer.from(BigInt.asUintN(128, n).toString(16).padStart(32, "0"), "hex");
  };
  const once = twice(block(new Uint8Array(16)));
  const whole = message.length > 0 && message.length % 16 === 0;
  const padded = whole
    ? message
    : concat(message, Uint8Array.of(0x80), new Uint8Array(15 - (message.length % 16)));
  const mask = whole ? once : twice(once);
  let mac: Uint8Array = new Uint8Array(16);
  for (let at = 0; at < padded.length; at += 16) {
    const last = at + 16 === padded.length;
    mac = block(mac.map((b, i) => b ^ padded[at + i]! ^ (last ? mask[i]! : 0)));
  }
  return mac;
}
