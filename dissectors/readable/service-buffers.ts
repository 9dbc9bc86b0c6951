/**
 * What the Service Control Manager packs into bytes: [MS-SCMR] 2.2.10, 2.2.11 and 2.2.12 lists of services, 2.2.49 the status of
 * one, 2.2.34 its description. Offsets count from the beginning of the bytes, which are little-endian.
 *
 * Not handled: other levels of RQueryServiceConfig2, and what ANSI methods return.
 */
import type { Value } from "../ndr/decoded.js";
import { fromHex } from "../wire/bytes.js";
import { malformed } from "../wire/errors.js";
import { Reader } from "../wire/reader.js";
import { utf16, wellFormed } from "../wire/text.js";
import type { Around, Members, Read } from "./place.js";
import { numberOf } from "./tables.js";

const DESCRIPTION = 1;

/** How the numbers of a status are named. */
interface Names {
  dwServiceType: Read;
  dwCurrentState: Read;
}

/** Texts that are pointed to. Each takes bytes of its own: together they have no more than there are. */
class Texts {
  readonly #bytes: Uint8Array;
  #left: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#left = bytes.length;
  }

  at(offset: number): string {
    const bytes = this.#bytes;
    if (offset > bytes.length) {
      throw malformed(`an offset of ${offset} within ${bytes.length} bytes`, 0, "lpBuffer");
    }
    const r = new Reader(bytes, true, offset, bytes.length, "lpBuffer");
    while (r.u16() !== 0);
    this.#left -= r.offset - offset;
    if (this.#left < 0) throw malformed("texts that lie over each other", offset, "lpBuffer");
    return wellFormed(utf16(bytes.subarray(offset, r.offset - 2)), null);
  }
}

/** SERVICE_STATUS, and with `process` what SERVICE_STATUS_PROCESS has behind it. */
function readStatus(r: Reader, names: Names, around: Around, withProcess: boolean): Members {
  const type = r.u32();
  const state = r.u32();
  const status: Members = {
    dwServiceType: names.dwServiceType(type, around) ?? type,
    dwCurrentState: names.dwCurrentState(state, around) ?? state,
  };
  r.skip(20);
  if (withProcess) {
    status.dwProcessId = r.u32();
    r.skip(4);
  }
  return status;
}

/** A list of services, as many as the answer says that it has; each takes bytes, which bounds it. */
export function serviceList(names: Names, withProcess: boolean): Read {
  return (value, around) => {
    const count = numberOf(around.members.lpServicesReturned ?? null);
    if (typeof value !== "string" || count === null || count === 0) return null;
    const bytes = fromHex(value);
    const r = new Reader(bytes, true, 0, bytes.length, "lpBuffer");
    const texts = new Texts(bytes);
    const list: Value[] = [];
    for (let i = 0; i < count; i++) {
      const service = texts.at(r.u32());
      const shown = texts.at(r.u32());
      list.push({
        lpServiceName: service,
        lpDisplayName: shown,
        ...readStatus(r, names, around, withProcess),
      });
    }
    return list;
  };
}

/** SERVICE_STATUS_PROCESS by itself. */
export function serviceStatus(names: Names): Read {
  return (value, around) => {
    // What a call that failed leaves empty says nothing.
    if (typeof value !== "string" || /^0*$/.test(value)) return null;
    return readStatus(new Reader(fromHex(value), true, 0, undefined, "lpBuffer"), names, around, true);
  };
}

/** What RQueryServiceConfig2W answers, by what was asked for. */
export const configuration: Read = (value, { request }) => {
  if (typeof value !== "string" || value === "" || request?.dwInfoLevel !== DESCRIPTION) return null;
  const bytes = fromHex(value);
  const offset = new Reader(bytes, true, 0, bytes.length, "lpBuffer").u32();
  return offset === 0 ? null : { lpDescription: new Texts(bytes).at(offset) };
};
