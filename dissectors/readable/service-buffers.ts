/**
 * What the Service Control Manager packs into bytes: [MS-SCMR] 2.2.10, 2.2.11 and 2.2.12 lists of services, 2.2.49 the status of
 * one, 2.2.34 its description. Offsets count from the beginning of the bytes, which are little-endian.
 *
 * Not handled: other levels of RQueryServiceConfig2, and what ANSI methods return.
 */
import type { Value } from "../ndr/decoded.js";
import { malformed } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
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
  readonly #whole: Reader;
  #left: number;

  constructor(whole: Reader) {
    this.#whole = whole;
    this.#left = whole.left;
  }

  at(offset: number, field: string): string {
    const whole = this.#whole;
    const size = whole.end - whole.origin;
    if (offset > size) throw malformed(`an offset of ${offset} within ${size} bytes`, 0, "lpBuffer");
    const r = whole.over(whole.origin + offset, whole.end, "lpBuffer");
    const start = r.offset;
    while (r.u16() !== 0);
    this.#left -= r.position;
    if (this.#left < 0) throw malformed("texts that lie over each other", offset, "lpBuffer");
    const text = wellFormed(utf16(r.data.subarray(start, r.offset - 2)), null);
    r.note(field, start, text);
    return text;
  }
}

/** What SERVICE_STATUS has behind the state. */
const STATUS_FIELDS = [
  "dwControlsAccepted",
  "dwWin32ExitCode",
  "dwServiceSpecificExitCode",
  "dwCheckPoint",
  "dwWaitHint",
] as const;

/** SERVICE_STATUS, and with `process` what SERVICE_STATUS_PROCESS has behind it. */
function readStatus(r: Reader, names: Names, around: Around, withProcess: boolean): Members {
  const type = r.u32("dwServiceType");
  const state = r.u32("dwCurrentState");
  const status: Members = {
    dwServiceType: names.dwServiceType(type, around) ?? type,
    dwCurrentState: names.dwCurrentState(state, around) ?? state,
  };
  r.need(withProcess ? 28 : 20);
  for (const field of STATUS_FIELDS) r.u32(field);
  if (withProcess) {
    status.dwProcessId = r.u32("dwProcessId");
    r.u32("dwServiceFlags");
  }
  return status;
}

/** A list of services, as many as the answer says that it has; each takes bytes, which bounds it. */
export function serviceList(names: Names, withProcess: boolean): Read {
  return (value, around) => {
    const count = numberOf(around.members.lpServicesReturned ?? null);
    if (typeof value !== "string" || count === null || count === 0) return null;
    const r = around.bytes(value, "lpBuffer");
    const texts = new Texts(r);
    const list: Value[] = [];
    for (let i = 0; i < count; i++) {
      r.enter("services", i);
      const service = texts.at(r.u32("lpServiceName"), "ServiceName");
      const shown = texts.at(r.u32("lpDisplayName"), "DisplayName");
      list.push({
        lpServiceName: service,
        lpDisplayName: shown,
        ...readStatus(r, names, around, withProcess),
      });
      r.leave();
    }
    return list;
  };
}

/** SERVICE_STATUS_PROCESS by itself. */
export function serviceStatus(names: Names): Read {
  return (value, around) => {
    // What a call that failed leaves empty says nothing.
    if (typeof value !== "string" || /^0*$/.test(value)) return null;
    return readStatus(around.bytes(value, "lpBuffer"), names, around, true);
  };
}

/** What RQueryServiceConfig2W answers, by what was asked for. */
export const configuration: Read = (value, { request, bytes }) => {
  if (typeof value !== "string" || value === "" || request?.dwInfoLevel !== DESCRIPTION) return null;
  const r = bytes(value, "lpBuffer");
  const texts = new Texts(r);
  const offset = r.u32("lpDescription");
  return offset === 0 ? null : { lpDescription: texts.at(offset, "Description") };
};
