/** Kerberos messages for tests, from their parts. */
import { application, context, der, integer, octetString, sequence, text } from "../spnego/der-build.js";

export interface Key {
  etype: number;
  key: Uint8Array;
}

export function principal(type: number, names: readonly string[]): Uint8Array {
  return sequence(context(0, integer(type)), context(1, sequence(...names.map(text))));
}

export function encrypted(etype: number, kvno: number | null, cipher: Uint8Array): Uint8Array {
  const version = kvno === null ? [] : [context(1, integer(kvno))];
  return sequence(context(0, integer(etype)), ...version, context(2, octetString(cipher)));
}

export function ticket(
  realm: string,
  service: readonly string[],
  etype: number,
  kvno: number,
  cipher: Uint8Array,
): Uint8Array {
  return application(
    1,
    sequence(
      context(0, integer(5)),
      context(1, text(realm)),
      context(2, principal(2, service)),
      context(3, encrypted(etype, kvno, cipher)),
    ),
  );
}

export function apReq(options: number, ticketDer: Uint8Array, authenticatorDer: Uint8Array): Uint8Array {
  const bits = Uint8Array.of(0, options >>> 24, (options >>> 16) & 255, (options >>> 8) & 255, options & 255);
  return application(
    14,
    sequence(
      context(0, integer(5)),
      context(1, integer(14)),
      context(2, der(0x03, bits)),
      context(3, ticketDer),
      context(4, authenticatorDer),
    ),
  );
}

export function apRep(part: Uint8Array): Uint8Array {
  return application(15, sequence(context(0, integer(5)), context(1, integer(15)), context(2, part)));
}

function encryptionKey({ etype, key }: Key): Uint8Array {
  return sequence(context(0, integer(etype)), context(1, octetString(key)));
}

const TIME = der(0x18, Uint8Array.from(Buffer.from("20200918120000Z")));

export function encTicketPart(
  etype: number,
  key: Uint8Array,
  realm: string,
  client: readonly string[],
): Uint8Array {
  return application(
    3,
    sequence(
      context(0, der(0x03, new Uint8Array(5))),
      context(1, encryptionKey({ etype, key })),
      context(2, text(realm)),
      context(3, principal(1, client)),
    ),
  );
}

export function authenticator(
  realm: string,
  client: readonly string[],
  subkey: Key | null,
  seq: number,
  gssChecksum: Uint8Array | null = null,
): Uint8Array {
  const sub = subkey === null ? [] : [context(6, encryptionKey(subkey))];
  const checksum =
    gssChecksum === null
      ? []
      : [context(3, sequence(context(0, integer(0x8003)), context(1, octetString(gssChecksum))))];
  return application(
    2,
    sequence(
      context(0, integer(5)),
      context(1, text(realm)),
      context(2, principal(1, client)),
      ...checksum,
      context(4, integer(1)),
      context(5, TIME),
      ...sub,
      context(7, integer(seq)),
    ),
  );
}

export function encApRepPart(subkey: Key | null, seq: number): Uint8Array {
  const sub = subkey === null ? [] : [context(2, encryptionKey(subkey))];
  return application(
    27,
    sequence(context(0, TIME), context(1, integer(1)), ...sub, context(3, integer(seq))),
  );
}

export function encKdcRepPart(
  number: number,
  etype: number,
  key: Uint8Array,
  realm: string,
  service: readonly string[],
): Uint8Array {
  return application(
    number,
    sequence(
      context(0, encryptionKey({ etype, key })),
      context(9, text(realm)),
      context(10, principal(2, service)),
    ),
  );
}

export function kdcReq(
  msg: "AS-REQ" | "TGS-REQ",
  apReqDer: Uint8Array | null,
  service: readonly string[],
  realm: string,
  tickets: readonly Uint8Array[],
): Uint8Array {
  const pa =
    apReqDer === null
      ? []
      : [context(3, sequence(sequence(context(1, integer(1)), context(2, octetString(apReqDer)))))];
  const further = tickets.length === 0 ? [] : [context(11, sequence(...tickets))];
  const body = sequence(
    context(0, der(0x03, new Uint8Array(5))),
    context(2, text(realm)),
    context(3, principal(2, service)),
    ...further,
  );
  return application(
    msg === "AS-REQ" ? 10 : 12,
    sequence(
      context(1, integer(5)),
      context(2, integer(msg === "AS-REQ" ? 10 : 12)),
      ...pa,
      context(4, body),
    ),
  );
}

export function kdcRep(
  msg: "AS-REP" | "TGS-REP",
  realm: string,
  client: readonly string[],
  ticketDer: Uint8Array,
  part: Uint8Array,
  etypeInfo2: Uint8Array | null,
): Uint8Array {
  const pa =
    etypeInfo2 === null
      ? []
      : [context(2, sequence(sequence(context(1, integer(19)), context(2, octetString(etypeInfo2)))))];
  const number = msg === "AS-REP" ? 11 : 13;
  return application(
    number,
    sequence(
      context(0, integer(5)),
      context(1, integer(number)),
      ...pa,
      context(3, text(realm)),
      context(4, principal(1, client)),
      context(5, ticketDer),
      context(6, part),
    ),
  );
}

/** [RFC 4121] 4.1.1: the checksum of an authenticator that forwards a KRB-CRED; without the flag nobody reads that. */
export function gssChecksum(krbCredDer: Uint8Array, flags = 1): Uint8Array {
  const head = Buffer.alloc(28);
  head.writeUInt32LE(16, 0);
  head.writeUInt32LE(flags, 20);
  head.writeUInt16LE(1, 24);
  head.writeUInt16LE(krbCredDer.length, 26);
  return Uint8Array.from(Buffer.concat([head, krbCredDer]));
}

export function krbCred(tickets: readonly Uint8Array[], part: Uint8Array): Uint8Array {
  return application(
    22,
    sequence(
      context(0, integer(5)),
      context(1, integer(22)),
      context(2, sequence(...tickets)),
      context(3, part),
    ),
  );
}

export function encKrbCredPart(infos: readonly { key: Key; realm: string; client: string[] }[]): Uint8Array {
  return application(
    29,
    sequence(
      context(
        0,
        sequence(
          ...infos.map(({ key, realm, client }) =>
            sequence(
              context(0, encryptionKey(key)),
              context(1, text(realm)),
              context(2, principal(1, client)),
            ),
          ),
        ),
      ),
    ),
  );
}

/** [RFC 3244] 2, with the part of its KRB-PRIV. */
export function passwordChange(version: number, apReqDer: Uint8Array, part: Uint8Array): Uint8Array {
  const priv = application(21, sequence(context(0, integer(5)), context(1, integer(21)), context(3, part)));
  const head = Buffer.alloc(6);
  head.writeUInt16BE(6 + apReqDer.length + priv.length, 0);
  head.writeUInt16BE(version, 2);
  head.writeUInt16BE(apReqDer.length, 4);
  return Uint8Array.from(Buffer.concat([head, apReqDer, priv]));
}

export function encKrbPrivPart(userData: Uint8Array): Uint8Array {
  return application(28, sequence(context(0, octetString(userData))));
}

/** [RFC 3244] 2 ChangePasswdData. */
export function changePasswdData(
  password: string,
  target: { user: string[]; realm: string } | null,
): Uint8Array {
  const whose =
    target === null ? [] : [context(1, principal(1, target.user)), context(2, text(target.realm))];
  return sequence(context(0, octetString(Uint8Array.from(Buffer.from(password)))), ...whose);
}
