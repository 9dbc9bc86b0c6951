/**
 * [MS-NSPI] 2.2.2: which statuses the address book of Exchange and Active Directory returns, by the names and values of
 * [MS-OXCDATA] 2.4. Those of FACILITY_ITF mean something else to every family of interfaces ([MS-ERREF] 2.1), so that the interface
 * has to be known.
 */

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x00000000, "Success"],
  [0x00040380, "ErrorsReturned"],
  [0x80004005, "GeneralFailure"],
  [0x80040102, "NotSupported"],
  [0x80040108, "InvalidObject"],
  [0x8004010e, "OutOfResources"],
  [0x8004010f, "NotFound"],
  [0x80040111, "LogonFailed"],
  [0x80040117, "TooComplex"],
  [0x8004011e, "InvalidCodepage"],
  [0x8004011f, "InvalidLocale"],
  [0x80040305, "TooBig"],
  [0x80040403, "TableTooBig"],
  [0x80040405, "InvalidBookmark"],
  [0x80040700, "AmbiguousRecipient"],
  [0x80070005, "AccessDenied"],
  [0x8007000e, "NotEnoughMemory"],
  [0x80070057, "InvalidParameter"],
]);

export function mapiStatusName(value: number): string | null {
  return NAMES.get(value >>> 0) ?? null;
}
