/**
 * Names and meanings of status codes: HRESULT, Win32 and NTSTATUS of [MS-ERREF] 2.1 to 2.3, and the statuses of RPC
 * faults ([C706] Appendix E and N.2, [MS-RPCE] 3.1.1.5.5). Codes are taken signed or unsigned. Open tables: what
 * is not in them has no name, and the caller shows the number.
 *
 * Not handled here: what a code means for one method of one protocol.
 */
import { HRESULT, NTSTATUS, WIN32 } from "./generated/status-data.js";
import { MESSAGES } from "./status-messages.js";

type Names = ReadonlyMap<number, string>;

/** [MS-ERREF] 2.1 and 2.3: severity and FACILITY_WIN32 of an HRESULT, severity and FACILITY_NTWIN32 of an NTSTATUS. */
const FACILITY_WIN32 = 0x8007;
const FACILITY_NTWIN32 = 0xc007;
/** [MS-ERREF] 2.1: the N bit, which maps an NTSTATUS into an HRESULT. */
const FACILITY_NT_BIT = 0x10000000;
const FAILURE = 0x80000000;

/**
 * Statuses of fault PDUs that are no Win32, HRESULT or NTSTATUS value, or that go by another name there.
 * 5 is what Windows sends where [C706] has no code for a refused caller.
 */
const FAULTS: Names = new Map([
  [0x00000001, "nca_s_fault_other"],
  [0x00000005, "nca_s_fault_access_denied"],
  [0x1c000001, "nca_s_fault_int_div_by_zero"],
  [0x1c000002, "nca_s_fault_addr_error"],
  [0x1c000003, "nca_s_fault_fp_div_zero"],
  [0x1c000004, "nca_s_fault_fp_underflow"],
  [0x1c000005, "nca_s_fault_fp_overflow"],
  [0x1c000006, "nca_s_fault_invalid_tag"],
  [0x1c000007, "nca_s_fault_invalid_bound"],
  [0x1c000008, "nca_rpc_version_mismatch"],
  [0x1c000009, "nca_unspec_reject"],
  [0x1c00000a, "nca_s_bad_actid"],
  [0x1c00000b, "nca_who_are_you_failed"],
  [0x1c00000c, "nca_manager_not_entered"],
  [0x1c00000d, "nca_s_fault_cancel"],
  [0x1c00000e, "nca_s_fault_ill_inst"],
  [0x1c00000f, "nca_s_fault_fp_error"],
  [0x1c000010, "nca_s_fault_int_overflow"],
  [0x1c000012, "nca_s_fault_unspec"],
  [0x1c000013, "nca_s_fault_remote_comm_failure"],
  [0x1c000014, "nca_s_fault_pipe_empty"],
  [0x1c000015, "nca_s_fault_pipe_closed"],
  [0x1c000016, "nca_s_fault_pipe_order"],
  [0x1c000017, "nca_s_fault_pipe_discipline"],
  [0x1c000018, "nca_s_fault_pipe_comm_error"],
  [0x1c000019, "nca_s_fault_pipe_memory"],
  [0x1c00001a, "nca_s_fault_context_mismatch"],
  [0x1c00001b, "nca_s_fault_remote_no_memory"],
  [0x1c00001c, "nca_invalid_pres_context_id"],
  [0x1c00001d, "nca_unsupported_authn_level"],
  [0x1c00001f, "nca_invalid_checksum"],
  [0x1c000020, "nca_invalid_crc"],
  [0x1c000021, "nca_s_fault_user_defined"],
  [0x1c000022, "nca_s_fault_tx_open_failed"],
  [0x1c000023, "nca_s_fault_codeset_conv_error"],
  [0x1c000024, "nca_s_fault_object_not_found"],
  [0x1c000025, "nca_s_fault_no_client_stub"],
  [0x1c010001, "nca_s_comm_failure"],
  [0x1c010002, "nca_op_rng_error"],
  [0x1c010003, "nca_unk_if"],
  [0x1c010006, "nca_wrong_boot_time"],
  [0x1c010009, "nca_s_you_crashed"],
  [0x1c01000b, "nca_proto_error"],
  [0x1c010013, "nca_out_args_too_big"],
  [0x1c010014, "nca_server_too_busy"],
  [0x1c010015, "nca_s_fault_string_too_long"],
  [0x1c010017, "nca_unsupported_type"],
]);

/** Filled on first use: most runs name a handful of codes, and a run without an error none. */
const tables: { hresult?: Names; win32?: Names; ntstatus?: Names } = {};

function read(table: string): Names {
  const names = new Map<number, string>();
  let high = 0;
  for (const line of table.split("\n")) {
    if (line.endsWith(":")) high = Number.parseInt(line, 16) * 0x10000;
    const space = line.indexOf(" ");
    if (space > 0) names.set(high + Number.parseInt(line.slice(0, space), 16), line.slice(space + 1));
  }
  return names;
}

/** The name of a Win32 error code, [MS-ERREF] 2.2, or null. */
export function win32Name(code: number): string | null {
  tables.win32 ??= read(WIN32);
  return tables.win32.get(code >>> 0) ?? null;
}

/** The name of an NTSTATUS, [MS-ERREF] 2.3.1, or null. A Win32 code mapped into an NTSTATUS goes by its own name. */
export function ntstatusName(code: number): string | null {
  tables.ntstatus ??= read(NTSTATUS);
  const value = code >>> 0;
  const name = tables.ntstatus.get(value);
  if (name !== undefined) return name;
  return value >>> 16 === FACILITY_NTWIN32 ? win32Name(value & 0xffff) : null;
}

/**
 * The name of an HRESULT, [MS-ERREF] 2.1.1, or null. Win32 codes and NTSTATUS values mapped into an HRESULT go by
 * their own names, where the HRESULT has none. A bare Win32 code is no HRESULT: 1 is S_FALSE, and 5 has no name.
 */
export function hresultName(code: number): string | null {
  const value = code >>> 0;
  // By far the usual answer: it must not cost a table.
  if (value === 0) return "S_OK";
  tables.hresult ??= read(HRESULT);
  const name = tables.hresult.get(value);
  if (name !== undefined) return name;
  if (value >>> 16 === FACILITY_WIN32) return win32Name(value & 0xffff);
  return (value & FACILITY_NT_BIT) !== 0 ? ntstatusName(value ^ FACILITY_NT_BIT) : null;
}

/** What the common HRESULTs mean, in a short sentence, or null. */
export function hresultMessage(code: number): string | null {
  return statusMessage(hresultName(code));
}

/** What the common statuses mean, by their names. */
export function statusMessage(name: string | null): string | null {
  return name !== null && Object.hasOwn(MESSAGES, name) ? MESSAGES[name]! : null;
}

/**
 * The name of a fault PDU's status, or null: [C706]'s names first; then, by where the value lies, Win32 codes
 * ([MS-RPCE] 3.1.1.5.5), HRESULTs and NTSTATUS values.
 */
export function faultName(status: number): string | null {
  const value = status >>> 0;
  const name = FAULTS.get(value);
  if (name !== undefined) return name;
  if (value === 0) return null;
  return value < FAILURE
    ? (win32Name(value) ?? hresultName(value))
    : (hresultName(value) ?? ntstatusName(value));
}
