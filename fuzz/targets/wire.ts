/** The decoders that take bytes and know no state: frame headers, PDUs, towers, object references, tokens, follow-ups. */

import { credibleHeader, findHeader, HEADER_SIZE } from "../../dissectors/dcerpc/header.js";
import { readPdu } from "../../dissectors/dcerpc/pdu.js";
import { readTower } from "../../dissectors/dcerpc/tower.js";
import { readVerificationTrailer } from "../../dissectors/dcerpc/verification.js";
import { readObjref } from "../../dissectors/dcom/objref.js";
import { looksLikeOrpcThis, readOrpcThat, readOrpcThis } from "../../dissectors/dcom/orpc.js";
import { readHttpRequest } from "../../dissectors/http/negotiate.js";
import { forwardedIn, readEncKrbCredPart, readKrbCred } from "../../dissectors/kerberos/credentials.js";
import {
  readAuthenticator,
  readEncApRepPart,
  readEncKdcRepPart,
  readEncTicketPart,
} from "../../dissectors/kerberos/encrypted.js";
import { readGssToken } from "../../dissectors/kerberos/gss.js";
import { readKeytab } from "../../dissectors/kerberos/keytab.js";
import { readKerberos } from "../../dissectors/kerberos/messages.js";
import { readNewPassword, readPasswordChange } from "../../dissectors/kerberos/password-change.js";
import { beginsLdap, readLdapRequest } from "../../dissectors/ldap/bind.js";
import { readNlAuthMessage } from "../../dissectors/netlogon/messages.js";
import { readNtlmMessage } from "../../dissectors/ntlmssp/messages.js";
import { readNtlmv2Response } from "../../dissectors/ntlmssp/responses.js";
import { recognise } from "../../dissectors/rdp/recognise.js";
import { isSpnego, readGssFrame, readSpnego } from "../../dissectors/spnego/tokens.js";
import { verifierMechanism } from "../../dissectors/spnego/verifier.js";
import { fromHex } from "../../dissectors/wire/bytes.js";
import { Reader } from "../../dissectors/wire/reader.js";
import { latin1Bytes } from "../../dissectors/wire/text.js";
import {
  apRep,
  apReq,
  authenticator,
  changePasswdData,
  encApRepPart,
  encKrbCredPart,
  encKrbPrivPart,
  encrypted,
  encTicketPart,
  gssChecksum,
  krbCred,
  passwordChange,
  ticket,
} from "../../test/support/kerberos/build.js";
import { authenticate, challenge, negotiate, utf16 } from "../../test/support/ntlmssp/build.js";
import { captured } from "../corpus.js";
import { decode } from "../oracles.js";
import type { Target } from "../target.js";

export const pdus: Target = {
  name: "pdus",
  seeds: async () => (await captured()).pdus,
  run(input) {
    // What has a credible header is a PDU, and says about its faults in itself.
    if (input.length >= HEADER_SIZE && credibleHeader(input, 0, input.length, false) === "yes")
      readPdu(new Reader(input));
    for (let at = 0; at < input.length; at++) at = findHeader(input, at, input.length);
    decode(() => readVerificationTrailer(new Reader(input)));
  },
};

export const towers: Target = {
  name: "towers",
  seeds: async () => [
    ...found(
      (await captured()).stubs.map((s) => s.bytes),
      "05001300",
    ),
    Uint8Array.of(2, 0, 1, 0, 7, 2, 0, 0, 135, 1, 0, 9, 4, 0, 10, 0, 0, 1),
  ],
  run: (input) => void decode(() => readTower(new Reader(input))),
};

export const objrefs: Target = {
  name: "objrefs",
  seeds: async () =>
    found(
      (await captured()).stubs.map((s) => s.bytes),
      "4d454f57",
    ),
  run(input) {
    const reader = (little = true): Reader => new Reader(input, little, 0, input.length, "ulCntData");
    decode(() => readObjref(reader()));
    for (const little of [true, false]) {
      decode(() => readOrpcThis(reader(little)));
      decode(() => readOrpcThat(reader(little)));
      looksLikeOrpcThis(reader(little));
    }
  },
};

/** The rest of each of `all` from where these bytes first occur. */
function found(all: readonly Uint8Array[], signature: string): Uint8Array[] {
  const wanted = Buffer.from(signature, "hex");
  return all.flatMap((bytes) => {
    const at = Buffer.from(bytes).indexOf(wanted);
    return at < 0 ? [] : [bytes.slice(at)];
  });
}

export const tokens: Target = {
  name: "tokens",
  async seeds() {
    const service = ticket("CONTOSO.EXAMPLE", ["host", "ws-2004"], 18, 2, new Uint8Array(64));
    const helga = authenticator("CONTOSO.EXAMPLE", ["helga"], { etype: 18, key: new Uint8Array(32) }, 7);
    const info = Uint8Array.of(2, 0, 4, 0, 65, 0, 66, 0, 0, 0, 0, 0);
    return [
      ...(await captured()).tokens,
      negotiate(0xe2088297, "CONTOSO", "DESK"),
      challenge(0xe2898215, new Uint8Array(8), utf16("CONTOSO"), info),
      authenticate({ user: utf16("helga"), domain: utf16("CONTOSO"), nt: new Uint8Array(48) }),
      apReq(0x20000000, service, encrypted(18, null, helga)),
      helga,
      encTicketPart(18, new Uint8Array(32), "CONTOSO.EXAMPLE", ["helga"]),
      encApRepPart({ etype: 18, key: new Uint8Array(32) }, 9),
      apRep(encrypted(18, null, new Uint8Array(40))),
      gssChecksum(krbCred([service], encrypted(18, null, new Uint8Array(40)))),
      encKrbCredPart([{ key: { etype: 18, key: new Uint8Array(32) }, realm: "R", client: ["helga"] }]),
      passwordChange(0xff80, apReq(0, service, encrypted(18, null, helga)), encrypted(18, null, helga)),
      encKrbPrivPart(changePasswdData("p", { user: ["helga"], realm: "R" })),
      latin1Bytes("POST /wsman HTTP/1.1\r\nContent-Length: 9\r\nAuthorization: Kerberos YIIB\r\n\r\n"),
      fromHex("302002010160 1b0201030400a3140406475353415049040a60080606000000000000".replaceAll(" ", "")),
    ];
  },
  run(input) {
    isSpnego(input);
    verifierMechanism(input);
    decode(() => readGssFrame(new Reader(input)));
    for (const read of [
      readSpnego,
      readKerberos,
      readNtlmMessage,
      readNlAuthMessage,
      readGssToken,
      readEncTicketPart,
      readAuthenticator,
      readEncApRepPart,
      readEncKdcRepPart,
      readKrbCred,
      readEncKrbCredPart,
      readPasswordChange,
    ])
      decode(() => read(new Reader(input)));
    decode(() => readKeytab(input));
    decode(() => forwardedIn({ cksumtype: 0x8003, checksum: input }));
    for (const version of [1, 0xff80]) decode(() => readNewPassword(version, new Reader(input)));
    // What is not there yet is an answer of these.
    beginsLdap(input);
    readLdapRequest(new Reader(input));
    if (input.length > 0) readHttpRequest(new Reader(input), 0);
    decode(() => readNtlmv2Response(new Reader(input), []));
  },
};

export const followUps: Target = {
  name: "follow-ups",
  seeds: async () => (await captured()).others,
  run(input) {
    const half = input.length >> 1;
    recognise(input.subarray(0, half), input.subarray(half));
    recognise(input, new Uint8Array(0));
    recognise(new Uint8Array(0), input);
  },
};
