/**
 * SPNEGO tokens around NTLMSSP, as DER: [RFC 4178] 4.2, [MS-SPNG]. Only what the lab says.
 */

import { concat, fromHex } from "./bytes.js";

const OID_SPNEGO = fromHex("06062b0601050502");
const OID_NTLMSSP = fromHex("060a2b06010401823702020a");
const OID_NEGOEX = fromHex("060a2b06010401823702021e");

/** One DER element. */
function der(tag: number, ...content: Uint8Array[]): Uint8Array {
  const body = concat(...content);
  const n = body.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return concat(new Uint8Array([tag, ...length]), body);
}

/** The MechTypeList whose MIC both sides exchange. */
export function mechTypes(withNegoEx: boolean): Uint8Array {
  return withNegoEx ? der(0x30, OID_NEGOEX, OID_NTLMSSP) : der(0x30, OID_NTLMSSP);
}

/** NegTokenInit in its GSS-API frame; `mechToken` is the optimistic token of the first mechanism. */
export function negTokenInit(list: Uint8Array, mechToken: Uint8Array | null): Uint8Array {
  const parts = [der(0xa0, list)];
  if (mechToken !== null) parts.push(der(0xa2, der(0x04, mechToken)));
  return der(0x60, OID_SPNEGO, der(0xa0, der(0x30, ...parts)));
}

export interface NegTokenResp {
  /** 0 accept-completed, 1 accept-incomplete. */
  state?: number;
  /** Names NTLMSSP as the mechanism. */
  supportedMech?: boolean;
  responseToken?: Uint8Array;
  mechListMic?: Uint8Array;
}

export function negTokenResp(token: NegTokenResp): Uint8Array {
  const parts: Uint8Array[] = [];
  if (token.state !== undefined) parts.push(der(0xa0, der(0x0a, new Uint8Array([token.state]))));
  if (token.supportedMech) parts.push(der(0xa1, OID_NTLMSSP));
  if (token.responseToken) parts.push(der(0xa2, der(0x04, token.responseToken)));
  if (token.mechListMic) parts.push(der(0xa3, der(0x04, token.mechListMic)));
  return der(0xa1, der(0x30, ...parts));
}
