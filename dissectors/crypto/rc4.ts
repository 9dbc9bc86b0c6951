/**
 * RC4, the stream cipher of NTLM and of Kerberos' RC4-HMAC (test vectors: [RFC 6229]). OpenSSL 3 refuses it.
 * A key stream is a state that moves on with every byte: whoever holds it decides when it is saved and put back.
 */

export class Rc4 {
  private readonly s: Uint8Array;
  private i = 0;
  private j = 0;

  /** A key of 1 to 256 bytes; `null` makes an empty state for `copyFrom`. */
  constructor(key: Uint8Array | null) {
    const s = new Uint8Array(256);
    this.s = s;
    if (key === null || key.length === 0) return;
    for (let i = 0; i < 256; i++) s[i] = i;
    let j = 0;
    for (let i = 0; i < 256; i++) {
      const t = s[i]!;
      j = (j + t + key[i % key.length]!) & 255;
      s[i] = s[j]!;
      s[j] = t;
    }
  }

  /** Takes over the place of another key stream. */
  copyFrom(other: Rc4): void {
    this.s.set(other.s);
    this.i = other.i;
    this.j = other.j;
  }

  clone(): Rc4 {
    const copy = new Rc4(null);
    copy.copyFrom(this);
    return copy;
  }

  /** Encrypts or decrypts `bytes[start .. end)` in place. */
  apply(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const s = this.s;
    let { i, j } = this;
    for (let at = start; at < end; at++) {
      i = (i + 1) & 255;
      const a = s[i]!;
      j = (j + a) & 255;
      const b = s[j]!;
      s[i] = b;
      s[j] = a;
      bytes[at]! ^= s[(a + b) & 255]!;
    }
    this.i = i;
    this.j = j;
  }

  /** Moves on by `n` bytes. */
  skip(n: number): void {
    const s = this.s;
    let { i, j } = this;
    for (let k = 0; k < n; k++) {
      i = (i + 1) & 255;
      const a = s[i]!;
      j = (j + a) & 255;
      s[i] = s[j]!;
      s[j] = a;
    }
    this.i = i;
    this.j = j;
  }
}

/** RC4K of [MS-NLMP] 6: `data` under a fresh key stream of `key`; a new array. */
export function rc4(key: Uint8Array, data: Uint8Array): Uint8Array {
  const out = Uint8Array.from(data);
  new Rc4(key).apply(out);
  return out;
}
