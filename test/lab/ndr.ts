/**
 * Writing NDR 2.0 in both byte orders ([C706] chapter 14) and NDR64 ([MS-RPCE] 2.2.5), for the lab alone.
 *
 * Not handled: pipes, full pointers that repeat a referent, multidimensional arrays.
 */

import { Writer } from "./bytes.js";

/** How a stub is written down: byte order of the data representation label, and which transfer syntax. */
export interface Encoding {
  little: boolean;
  ndr64: boolean;
}

export const LITTLE: Encoding = { little: true, ndr64: false };
export const NDR64: Encoding = { little: true, ndr64: true };

/** The first referent identifier that MIDL-made stubs use. */
const FIRST_REFERENT = 0x00020000;
/** What Windows' user-marshal routines for BSTR, VARIANT and SAFEARRAY put where a referent identifier belongs. */
export const USER_REFERENT = 0x72657355;

export class Ndr {
  readonly out: Writer;
  readonly encoding: Encoding;
  private next = FIRST_REFERENT;
  private waiting: (() => void)[] = [];

  constructor(encoding: Encoding) {
    this.encoding = encoding;
    this.out = new Writer(encoding.little);
  }

  get wide(): boolean {
    return this.encoding.ndr64;
  }

  align(size: number): this {
    this.out.align(size);
    return this;
  }

  u8(value: number): this {
    this.out.u8(value);
    return this;
  }

  u16(value: number): this {
    this.out.align(2).u16(value);
    return this;
  }

  u32(value: number): this {
    this.out.align(4).u32(value);
    return this;
  }

  u64(value: bigint): this {
    this.out.align(8).u64(value);
    return this;
  }

  f64(value: number): this {
    this.out.align(8).f64(value);
    return this;
  }

  guid(value: string): this {
    this.out.align(4).guid(value);
    return this;
  }

  bytes(data: Uint8Array): this {
    this.out.bytes(data);
    return this;
  }

  /** Enumeration without v1_enum: 16 bits, and 32 in NDR64. */
  enum16(value: number): this {
    return this.wide ? this.u32(value) : this.u16(value);
  }

  /** A maximum count, offset or actual count. */
  count(value: number): this {
    return this.wide ? this.u64(BigInt(value)) : this.u32(value);
  }

  /** Alignment of a pointer, and of every structure that holds one. */
  get pointerSize(): number {
    return this.wide ? 8 : 4;
  }

  /** A referent identifier of the caller's choice; 0 is the null pointer. */
  referent(identifier: number): this {
    return this.wide ? this.u64(BigInt(identifier)) : this.u32(identifier);
  }

  /**
   * An embedded pointer: the identifier now, the referent when the construct around it is finished.
   * `null` writes a null pointer.
   */
  pointer(referent: (() => void) | null, identifier?: number): this {
    if (referent === null) return this.referent(0);
    const id = identifier ?? this.next;
    if (identifier === undefined) this.next += 4;
    this.referent(id);
    this.waiting.push(referent);
    return this;
  }

  /** A referent whose identifier the caller wrote in an order of its own. */
  pointerLater(referent: () => void): this {
    this.waiting.push(referent);
    return this;
  }

  /** One parameter, or one top-level structure: what its pointers point at follows at once. */
  param(write: () => void): this {
    write();
    this.flush();
    return this;
  }

  /** Writes the referents that wait, each followed by its own. [C706] 14.3.12.3. */
  flush(): void {
    const now = this.waiting;
    this.waiting = [];
    for (const referent of now) {
      referent();
      this.flush();
    }
  }

  /** [string] wchar_t: conformant varying, with its terminator. */
  wideString(text: string): this {
    this.count(text.length + 1)
      .count(0)
      .count(text.length + 1);
    this.out.utf16(text).u16(0);
    return this;
  }

  done(): Uint8Array {
    this.flush();
    return this.out.done();
  }
}
