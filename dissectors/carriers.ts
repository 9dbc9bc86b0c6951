/**
 * Protocols over TCP that may carry DCE/RPC inside, known by the first bytes of a conversation: SMB, whose named pipes do
 * ([MS-RPCE] 2.1.1.2), and RPC over HTTP ([MS-RPCH]).
 *
 * Not handled: what is in them. Naming them keeps silence about them from passing for their absence.
 */

export type Carrier = "smb" | "http";

/** A NetBIOS session message, type and length [RFC 1002] 4.3.1, in front of SMB's protocol identifier. */
const SESSION_HEADER = 4;
const SESSION_REQUEST = 0x81;
/** 0xff: SMB 1, 0xfe: SMB 2 and 3, 0xfd: encrypted, 0xfc: compressed; "SMB" follows ([MS-SMB2] 2.2). */
const FIRST_IDENTIFIER = 0xfc;

const SMB_PORTS: readonly number[] = [139, 445];
const HTTP_METHODS = ["RPC_IN_DATA ", "RPC_OUT_DATA ", "RPC_CONNECT "];

/**
 * What a conversation between these ports is by its first bytes, or null. `midstream`: they are not its first, so that on
 * SMB's ports the middle of a message is taken for one.
 */
export function carrierOf(
  bytes: Uint8Array,
  port0: number,
  port1: number,
  midstream: boolean,
): Carrier | null {
  if (startsSmb(bytes)) return "smb";
  if (SMB_PORTS.includes(port0) || SMB_PORTS.includes(port1)) {
    const first = bytes[0];
    if (midstream || first === SESSION_REQUEST || (first === 0 && bytes.length < 2 * SESSION_HEADER))
      return "smb";
  }
  if (bytes[0] !== 0x52) return null;
  return HTTP_METHODS.some((method) => starts(bytes, 0, method)) ? "http" : null;
}

function startsSmb(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0 && bytes[SESSION_HEADER]! >= FIRST_IDENTIFIER && starts(bytes, SESSION_HEADER + 1, "SMB")
  );
}

function starts(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
