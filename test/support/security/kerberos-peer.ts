/** Signs and seals PDUs as Kerberos does in DCE style, for tests: [RFC 4121] 4.2.6, [RFC 4757] 7, [MS-KILE] 3.4.5.4.1. */
import { aesCtsEncrypt } from "../../../dissectors/crypto/aes-cts.js";
import { hmac, hmacMd5, md5 } from "../../../dissectors/crypto/digest.js";
import { Rc4, rc4 } from "../../../dissectors/crypto/rc4.js";
import { checksum, deriveAesKey, encrypt } from "../../../dissectors/kerberos/crypto.js";
import { concat } from "../../../dissectors/wire/bytes.js";
import type { ProtectedPdu } from "../../../src/rpc/security/session.js";
import type { Key } from "../kerberos/build.js";

const MECH = Uint8Array.from([6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2]);

export interface Style {
  /** Header and trailer are signed too. */
  whole: boolean;
  /** Bytes of filler in a wrap token. */
  ec: number;
  acceptorSubkey: boolean;
}

export class KerberosPeer {
  readonly #key: Key;
  readonly #style: Style;
  readonly #seq: [number, number];

  constructor(key: Key, style: Partial<Style> = {}, seq: [number, number] = [0x11223344, 0xfffffffe]) {
    this.#key = key;
    this.#style = { whole: true, ec: 16, acceptorSubkey: true, ...style };
    this.#seq = seq;
  }

  pdu(fromClient: boolean, stub: Uint8Array, sealed: boolean): ProtectedPdu {
    const header = new Uint8Array(24);
    header.set([5, 0, fromClient ? 0 : 2, 3, 0x10, 0, 0, 0]);
    const trailer = Uint8Array.of(9, sealed ? 6 : 5, 0, 0, 0, 0, 0, 0);
    const seq = this.#seq[fromClient ? 0 : 1]!;
    this.#seq[fromClient ? 0 : 1] = (seq + 1) >>> 0;
    const parts = { before: header, stub, after: trailer };
    const [body, token] =
      this.#key.etype === 23
        ? this.#rc4Token(fromClient, seq, parts, sealed)
        : this.#cfxToken(fromClient, seq, parts, sealed);
    const stubEnd = header.length + body.length;
    return {
      fromClient,
      bytes: concat(header, body, trailer, token),
      littleEndian: true,
      stubStart: header.length,
      stubEnd,
      trailerStart: stubEnd,
      tokenStart: stubEnd + trailer.length,
      frame: 1,
    };
  }

  #cfxToken(
    fromClient: boolean,
    seq: number,
    m: { before: Uint8Array; stub: Uint8Array; after: Uint8Array },
    sealed: boolean,
  ): [Uint8Array, Uint8Array] {
    const { etype, key } = this.#key;
    const { whole, ec, acceptorSubkey } = this.#style;
    const flags = (fromClient ? 0 : 1) | (sealed ? 2 : 0) | (acceptorSubkey ? 4 : 0);
    const tail = Uint8Array.of(0, 0, 0, 0, seq >>> 24, (seq >>> 16) & 255, (seq >>> 8) & 255, seq & 255);
    if (!sealed) {
      const token = concat(Uint8Array.of(4, 4, flags, 255, 255, 255, 255, 255), tail);
      const covered = whole ? [m.before, m.stub, m.after] : [m.stub];
      return [m.stub, concat(token, checksum(etype, key, fromClient ? 25 : 23, ...covered, token)!)];
    }
    const token = (rrc: number): Uint8Array => concat(Uint8Array.of(5, 4, flags, 255, 0, ec, 0, rrc), tail);
    const usage = fromClient ? 24 : 22;
    const confounder = new Uint8Array(16).fill(0x5c);
    const filler = new Uint8Array(ec).fill(0xff);
    const inner = concat(m.stub, filler, token(0));
    let straight: Uint8Array;
    if (whole) {
      const derive = (purpose: number): Uint8Array =>
        deriveAesKey(key, Uint8Array.of(0, 0, 0, usage, purpose));
      const signed = concat(confounder, m.before, m.stub, m.after, filler, token(0));
      straight = concat(
        aesCtsEncrypt(derive(0xaa), concat(confounder, inner)),
        hmac("sha1", derive(0x55), signed).subarray(0, 12),
      );
    } else straight = encrypt(etype, key, usage, inner, confounder)!;
    const turn = 28 + ec;
    const rotated = concat(
      straight.subarray(straight.length - turn),
      straight.subarray(0, straight.length - turn),
    );
    const inToken = rotated.length - m.stub.length;
    return [rotated.subarray(inToken), concat(token(28), rotated.subarray(0, inToken))];
  }

  #rc4Token(
    fromClient: boolean,
    seq: number,
    m: { before: Uint8Array; stub: Uint8Array; after: Uint8Array },
    sealed: boolean,
  ): [Uint8Array, Uint8Array] {
    const { key } = this.#key;
    const zero = new Uint8Array(4);
    const head = sealed
      ? Uint8Array.of(2, 1, 0x11, 0, 0x10, 0, 255, 255)
      : Uint8Array.of(1, 1, 0x11, 0, 255, 255, 255, 255);
    const confounder = sealed ? new Uint8Array(8).fill(0x5c) : new Uint8Array(0);
    const covered = this.#style.whole ? [m.before, m.stub, m.after] : [m.stub];
    const signing = hmacMd5(key, Buffer.from("signaturekey\0", "latin1"));
    const usage = Uint8Array.of(sealed ? 13 : 15, 0, 0, 0);
    const sum = hmacMd5(signing, md5(usage, head, confounder, ...covered)).subarray(0, 8);
    const plainSeq = Uint8Array.of(seq >>> 24, (seq >>> 16) & 255, (seq >>> 8) & 255, seq & 255);
    const direction = new Uint8Array(4).fill(fromClient ? 0 : 255);
    const sealedSeq = rc4(hmacMd5(hmacMd5(key, zero), sum), concat(plainSeq, direction));
    const local = key.map((byte) => byte ^ 0xf0);
    const body = concat(confounder, m.stub);
    if (sealed) new Rc4(hmacMd5(hmacMd5(local, zero), plainSeq)).apply(body);
    const inner = concat(head, sealedSeq, sum, body.subarray(0, confounder.length));
    const token = concat(Uint8Array.of(0x60, MECH.length + inner.length), MECH, inner);
    return [body.subarray(confounder.length), token];
  }
}
