/** Whether a server did not let a caller do what was asked, by the code that it answered with. */

import type { CallRecord } from "../events.js";

/** E_ACCESSDENIED; STATUS_ACCESS_DENIED, _LOGON_FAILURE, _WRONG_PASSWORD, _ACCOUNT_RESTRICTION; [C706] and [MS-RPCE] faults. */
const REFUSALS: ReadonlySet<string> = new Set([
  "0x80070005",
  "0xc0000022",
  "0xc000006d",
  "0xc000006a",
  "0xc000006e",
  "0x00000005",
  "0x00000721",
  "0x1c00000d",
]);
const ERROR_ACCESS_DENIED = 5;

/** True where the server did not let the caller do it. */
export function isRefused({ fault, hresult, returned }: CallRecord): boolean {
  if (fault !== null) return REFUSALS.has(fault.status);
  if (hresult !== null) return REFUSALS.has(hresult.value);
  const value = returned?.value;
  return value === ERROR_ACCESS_DENIED || (typeof value === "string" && REFUSALS.has(value));
}
