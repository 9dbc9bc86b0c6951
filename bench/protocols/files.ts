/** Files over SMB 2: somebody logs on, looks into folders, opens, reads and writes. */

import { utf16le, Writer } from "../../test/lab/bytes.js";
import { authenticate, WINDOWS_10 } from "../../test/lab/ntlm.js";
import * as smb from "../../test/lab/smb2.js";
import { mechTypes, negTokenInit, negTokenResp } from "../../test/lab/spnego.js";
import type { Message } from "../conversation.js";
import type { Source } from "./source.js";

const READ = 1 << 15;
/** [MS-FSCC] 2.4: the information classes that Explorer asks for. */
const ID_BOTH_DIRECTORY = 37;
const FILE_ALL = 18;

function logon(source: Source) {
  const name = source.name();
  return authenticate({
    account: {
      user: name,
      domain: "EXAMPLE",
      password: source.hex(6),
      workstation: source.name().toUpperCase(),
    },
    server: {
      netbiosDomain: "EXAMPLE",
      netbiosComputer: "FILES",
      dnsDomain: "example.org",
      dnsComputer: "files.example.org",
    },
    seed: {
      serverChallenge: source.bytes(8),
      clientChallenge: source.bytes(8),
      sessionKey: source.bytes(16),
      timestamp: 133444916000000000n,
    },
    seal: true,
    clientVersion: WINDOWS_10,
    serverVersion: WINDOWS_10,
  });
}

/** [MS-FSCC] 2.4.18, one entry after the other. */
function listing(source: Source): Uint8Array {
  const entries = Array.from({ length: source.mostlySmall(3, 120) }, () => {
    const name = utf16le(`${source.name()} ${source.word()}.${source.pick(["docx", "xlsx", "pdf", "txt"])}`);
    const w = new Writer().u32(0).u32(0);
    for (let i = 0; i < 4; i++) w.u64(133444916000000000n + BigInt(source.number(0, 1e9)));
    w.u64(BigInt(source.number(0, 1e7)))
      .u64(BigInt(source.number(0, 1e7)))
      .u32(0x20)
      .u32(name.length)
      .u32(0)
      .u8(0)
      .u8(0)
      .fill(24);
    return w.u16(0).bytes(source.bytes(8)).bytes(name);
  });
  const all = new Writer();
  for (const [i, entry] of entries.entries()) {
    if (i < entries.length - 1) {
      entry.align(8);
      entry.patchU32(0, entry.length);
    }
    all.bytes(entry.done());
  }
  return all.done();
}

function queryDirectory(head: smb.Head, file: Uint8Array): Uint8Array {
  const pattern = utf16le("*");
  const w = new Writer()
    .u16(33)
    .u8(ID_BOTH_DIRECTORY)
    .u8(0)
    .u32(0)
    .bytes(file)
    .u16(96)
    .u16(pattern.length)
    .u32(READ);
  return smb.message(smb.SMB2.QUERY_DIRECTORY, head, w.bytes(pattern).done());
}

/** The answers to QUERY_DIRECTORY and QUERY_INFO look the same. */
function answered(command: number, head: smb.Head, data: Uint8Array): Uint8Array {
  const w = new Writer().u16(9).u16(72).u32(data.length).bytes(data);
  return smb.message(command, { ...head, response: true }, w.done());
}

function queryInfo(head: smb.Head, file: Uint8Array): Uint8Array {
  const w = new Writer().u16(41).u8(1).u8(FILE_ALL).u32(4096).u16(0).u16(0).u32(0).u32(0).u32(0).bytes(file);
  return smb.message(smb.SMB2.QUERY_INFO, head, w.done());
}

export function* files(source: Source): Generator<Message> {
  let messageId = 0n;
  const sessionId = BigInt(source.number(1, 2 ** 40));
  const head = (): smb.Head => ({ messageId: messageId++, sessionId, treeId: 1 });
  const say = (from: 0 | 1, ...messages: Uint8Array[]): Message => ({ from, bytes: smb.packet(...messages) });
  function* ask(
    request: (h: smb.Head) => Uint8Array,
    response: (h: smb.Head) => Uint8Array,
  ): Generator<Message> {
    const h = head();
    yield say(0, request(h));
    yield say(1, response(h));
  }
  const ntlm = logon(source);
  const incomplete = { supportedMech: true, state: 1, responseToken: ntlm.challenge };
  yield* ask(
    (h) => smb.negotiate(h),
    (h) => smb.negotiated(h, 0x0311),
  );
  yield* ask(
    (h) => smb.sessionSetup({ ...h, sessionId: 0n }, negTokenInit(mechTypes(false), ntlm.negotiate)),
    (h) => smb.sessionSet({ ...h, status: smb.STATUS.MORE_PROCESSING_REQUIRED }, negTokenResp(incomplete)),
  );
  yield* ask(
    (h) => smb.sessionSetup(h, negTokenResp({ responseToken: ntlm.authenticate })),
    (h) => smb.sessionSet(h, negTokenResp({ state: 0 })),
  );
  yield* ask(
    (h) => smb.treeConnect({ ...h, treeId: 0 }, `\\\\files.example.org\\${source.word()}`),
    (h) => smb.treeConnected(h, 1),
  );
  for (let i = source.number(1, 10); i > 0; i--) {
    const file = smb.fileId(source.number(1, 1e9), source.number(1, 1e9));
    yield* ask(
      (h) => smb.create(h, `${source.word()}\\${source.name()}`),
      (h) => smb.created(h, file),
    );
    const kind = source.number(0, 4);
    if (kind === 0) {
      const found = listing(source);
      yield* ask(
        (h) => queryDirectory(h, file),
        (h) => answered(smb.SMB2.QUERY_DIRECTORY, h, found),
      );
    } else if (kind === 1) {
      const info = source.bytes(110);
      yield* ask(
        (h) => queryInfo(h, file),
        (h) => answered(smb.SMB2.QUERY_INFO, h, info),
      );
    } else {
      for (let n = 1 + source.mostlySmall(0, 3); n > 0; n--) {
        const size = n === 1 ? source.mostlySmall(100, READ) : READ;
        if (kind === 2)
          yield* ask(
            (h) => smb.read(h, file, READ),
            (h) => smb.wasRead(h, source.bytes(size)),
          );
        else
          yield* ask(
            (h) => smb.write(h, file, source.bytes(size)),
            (h) => smb.written(h, size),
          );
      }
    }
    yield* ask(
      (h) => smb.close(h, file),
      (h) => smb.closed(h),
    );
  }
}
