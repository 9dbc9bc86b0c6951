/** SMB1 messages that the lab writes, read again; and such as contradict themselves. [MS-CIFS] 2.2.3 and 2.2.4. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { smb1Outcome } from "../../../dissectors/smb/smb1.js";
import {
  dataStart,
  fidAt,
  isLinked,
  isSmb1Reply,
  SMB1_HEAD,
  smb1Command,
  smb1RequestId,
} from "../../../dissectors/smb/smb1-head.js";
import { readSmb1Message, type Smb1Body, type Smb1Message } from "../../../dissectors/smb/smb1-message.js";
import { pipeUse } from "../../../dissectors/smb/smb1-transaction.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { fromHex } from "../../lab/bytes.js";
import * as lab from "../../lab/smb1.js";

function readerOf(bytes: Uint8Array, bound: string): Reader {
  return new Reader(bytes, true, 0, bytes.length, bound);
}

const BYTES = Uint8Array.from({ length: 29 }, (_, i) => i + 1);

/** Reads a message that must be whole. */
function read(head: lab.Smb1Head, ...parts: lab.Smb1Part[]): Smb1Message {
  const message = readSmb1Message(readerOf(lab.message(head, ...parts), "NetBIOS length"));
  assert.equal(message.error, null);
  return message;
}

/** What the only command says; `type` must be its. */
function body<T extends Smb1Body["type"]>(
  type: T,
  head: lab.Smb1Head,
  part: lab.Smb1Part,
): Extract<Smb1Body, { type: T }> {
  const { commands } = read(head, part);
  assert.equal(commands.length, 1);
  const [found] = commands;
  assert.equal(found!.body.type, type);
  return found!.body as Extract<Smb1Body, { type: T }>;
}

/** The bytes that a command of the message says are its data. */
function data(
  head: lab.Smb1Head,
  part: lab.Smb1Part,
  type: "write" | "readResponse" | "transaction" | "transactionSecondary" | "transactionResponse",
): Uint8Array {
  const said = body(type, head, part);
  const length = "DataCount" in said ? said.DataCount : said.DataLength;
  return lab.message(head, part).subarray(said.DataOffset, said.DataOffset + length);
}

/** The type of the only command. */
function only(head: lab.Smb1Head, part: lab.Smb1Part): string {
  return read(head, part)
    .commands.map(({ body }) => body.type)
    .join();
}

test("the header's fields, and both kinds of status", () => {
  const { header } = read(
    { tid: 0x801, pid: 0x12345678, uid: 0x64, mid: 0xfffe, reply: true, status: 0x80000005 },
    lab.readAndxData(BYTES),
  );
  assert.deepEqual(
    [header.Command, header.TID, header.PID, header.UID, header.MID, header.reply, header.unicode],
    [0x2e, 0x801, 0x12345678, 0x64, 0xfffe, true, true],
  );
  const outcome = (status: number, dos = false): string =>
    smb1Outcome(read({ reply: true, status, dos }, lab.empty(0x2e)).header);
  assert.equal(outcome(0), "success");
  assert.equal(outcome(0x80000005), "more-data");
  assert.equal(outcome(0xc0000016), "more-processing");
  assert.equal(outcome(0xc0000022), "failure");
  assert.equal(outcome(0x00ea0001, true), "more-data");
  assert.equal(outcome(0x00050001, true), "failure");
  // The same number means something else as an NTSTATUS.
  assert.equal(outcome(0x00ea0001), "success");
});

test("a negotiation, with and without extended security", () => {
  const request = body(
    "negotiate",
    { unicode: false },
    lab.negotiate("NT LM 0.12", "SMB 2.002", "SMB 2.???"),
  );
  assert.deepEqual(request.dialects, ["NT LM 0.12", "SMB 2.002", "SMB 2.???"]);
  const challenge = fromHex("0123456789abcdef");
  for (const unicode of [true, false]) {
    const how = { challenge, domain: "CONTOSO" };
    const plain = body("negotiateResponse", { reply: true, unicode }, lab.negotiated(5, how, unicode));
    assert.deepEqual([plain.DialectIndex, plain.DomainName, plain.ServerName], [5, "CONTOSO", "SRV"]);
    assert.deepEqual(plain.Challenge, challenge);
    assert.equal(plain.SecurityBlob, null);
  }
  const extended = body(
    "negotiateResponse",
    { reply: true, extended: true },
    lab.negotiated(0, { blob: BYTES }),
  );
  assert.deepEqual([extended.SecurityBlob, extended.Challenge], [BYTES, null]);
});

test("session setups of all three shapes; Unicode names behind responses of any length", () => {
  for (const unicode of [true, false]) {
    for (const lm of [0, 1, 24]) {
      const part = lab.logOn("helga", "CONTOSO", new Uint8Array(lm), BYTES, unicode);
      const request = body("sessionSetup", { unicode }, part);
      assert.deepEqual(
        [request.AccountName, request.PrimaryDomain, request.NativeOS, request.NativeLanMan],
        ["helga", "CONTOSO", "Windows 4.0", "lab"],
      );
      assert.deepEqual([request.OEMPassword?.length, request.UnicodePassword], [lm, BYTES]);
      assert.equal(request.SecurityBlob, null);
    }
  }
  const old = body("sessionSetup", { unicode: false }, lab.logOnOld("otto", "WORKGROUP", BYTES));
  assert.deepEqual([old.AccountName, old.PrimaryDomain, old.UnicodePassword], ["otto", "WORKGROUP", null]);
  const extended = body("sessionSetup", { extended: true }, lab.logOnExtended(BYTES));
  assert.deepEqual(
    [extended.SecurityBlob, extended.AccountName, extended.NativeOS, extended.NativeLanMan],
    [BYTES, null, "Windows 5.1", "lab"],
  );
  assert.deepEqual(body("sessionSetupResponse", { reply: true }, lab.loggedOn(BYTES)).SecurityBlob, BYTES);
  const guest = body("sessionSetupResponse", { reply: true }, lab.loggedOn(null, true));
  assert.deepEqual([guest.guest, guest.SecurityBlob], [true, null]);
});

test("trees, old and new", () => {
  for (const unicode of [true, false]) {
    const request = body("treeConnect", { unicode }, lab.connectTree("\\\\SRV\\IPC$", "IPC", unicode));
    assert.deepEqual([request.Path, request.Service], ["\\\\SRV\\IPC$", "IPC"]);
  }
  const response = body("treeConnectResponse", { reply: true }, lab.treeConnected("A:"));
  assert.deepEqual([response.Service, response.TID], ["A:", null]);
  const old = body("treeConnect", { unicode: false }, lab.connectTreeOld("\\\\SRV\\IPC$"));
  assert.deepEqual([old.Path, old.Service], ["\\\\SRV\\IPC$", "IPC"]);
  assert.equal(body("treeConnectResponse", { reply: true }, lab.treeConnectedOld(9)).TID, 9);
});

test("opening by three commands", () => {
  for (const unicode of [true, false]) {
    for (const counted of [true, false]) {
      const part = lab.ntCreate("\\lsarpc", unicode, counted);
      assert.equal(body("open", { unicode }, part).FileName, "\\lsarpc");
    }
    assert.equal(
      body("open", { unicode }, lab.openAndx("\\PIPE\\spoolss", unicode)).FileName,
      "\\PIPE\\spoolss",
    );
  }
  assert.equal(body("open", { unicode: false }, lab.open("\\PIPE\\samr")).FileName, "\\PIPE\\samr");
  const created = body("openResponse", { reply: true }, lab.ntCreated(0x4001));
  assert.deepEqual([created.FID, created.ResourceType], [0x4001, 2]);
  const opened = body("openResponse", { reply: true }, lab.openedAndx(0x4002, 0));
  assert.deepEqual([opened.FID, opened.ResourceType], [0x4002, 0]);
  assert.equal(body("openResponse", { reply: true }, lab.opened(3)).FID, 3);
});

test("reads and writes: where the bytes are, however many words there are", () => {
  for (const long of [true, false]) {
    assert.equal(body("read", {}, lab.readAndx(7, long, 512)).Offset, 512n);
    assert.equal(body("write", {}, lab.writeAndx(7, BYTES, 8, long)).FID, 7);
    assert.deepEqual(data({}, lab.writeAndx(7, BYTES, 8, long), "write"), BYTES);
  }
  for (const pad of [0, 1, 5])
    assert.deepEqual(data({ reply: true }, lab.readAndxData(BYTES, pad), "readResponse"), BYTES);
  assert.equal(body("read", {}, lab.read(9)).FID, 9);
  assert.deepEqual(data({ reply: true }, lab.readData(BYTES), "readResponse"), BYTES);
  const plain = body("write", {}, lab.write(9, BYTES));
  assert.deepEqual([plain.FID, plain.closes], [9, false]);
  assert.deepEqual(data({}, lab.write(9, BYTES), "write"), BYTES);
  const last = body("write", {}, lab.writeAndClose(9, BYTES));
  assert.deepEqual([last.FID, last.closes], [9, true]);
  assert.deepEqual(data({}, lab.writeAndClose(9, BYTES), "write"), BYTES);
  assert.equal(body("writeResponse", { reply: true }, lab.writtenAndx(0x10203)).Count, 0x10203);
  assert.equal(body("writeResponse", { reply: true }, lab.written(29)).Count, 29);
  assert.equal(body("close", {}, lab.close(9)).FID, 9);
});

test("the first part of a raw message has its length in front, which is no data", () => {
  assert.deepEqual(data({}, lab.writeAndx(7, BYTES, 0x000c), "write"), BYTES);
  assert.deepEqual(data({}, lab.writeAndx(7, BYTES, 0x0004), "write"), BYTES);
});

test("more than 64 KB in one message: ByteCount cannot count them", () => {
  const many = new Uint8Array(0x18000).fill(0x5a);
  assert.deepEqual(data({ reply: true }, lab.readAndxData(many), "readResponse"), many);
  assert.deepEqual(data({}, lab.writeAndx(7, many), "write"), many);
});

test("transactions in parts", () => {
  const first = lab.transact(0x4001, { bytes: BYTES, total: 100 });
  const request = body("transaction", {}, first);
  assert.deepEqual(
    [request.Name, request.subcommand, request.FID, request.TotalDataCount, request.DataDisplacement],
    ["\\PIPE\\", 0x26, 0x4001, 100, 0],
  );
  assert.deepEqual(data({}, first, "transaction"), BYTES);
  const second = lab.transactionSecondary({ bytes: BYTES, total: 100, before: 71 });
  const rest = body("transactionSecondary", {}, second);
  assert.deepEqual([rest.TotalDataCount, rest.DataDisplacement], [100, 71]);
  assert.deepEqual(data({}, second, "transactionSecondary"), BYTES);
  assert.equal(only({ reply: true }, lab.empty(0x25)), "empty");
  const answer = lab.transacted({ bytes: BYTES, total: 80, before: 51 });
  const response = body("transactionResponse", { reply: true }, answer);
  assert.deepEqual([response.TotalDataCount, response.DataDisplacement], [80, 51]);
  assert.deepEqual(data({ reply: true }, answer, "transactionResponse"), BYTES);
  const oem = lab.transaction([0x54, 0], { bytes: BYTES }, "\\PIPE\\x", false);
  assert.equal(body("transaction", { unicode: false }, oem).Name, "\\PIPE\\x");
  assert.deepEqual(data({ unicode: false }, oem, "transaction"), BYTES);
});

test("what a transaction has to do with the bytes of a pipe", () => {
  const use = (setup: number[], name?: string) =>
    pipeUse(body("transaction", {}, lab.transaction(setup, { bytes: BYTES }, name)));
  assert.deepEqual(use([0x26, 1]), { request: true, response: true, opens: false });
  assert.deepEqual(use([0x54, 0], "\\pipe\\epmapper"), { request: true, response: true, opens: true });
  assert.deepEqual(use([0x36, 1]), { request: false, response: true, opens: false });
  assert.equal(use([0x23, 1]), null);
  assert.equal(use([0x53, 0], "\\PIPE\\lsarpc"), null);
  assert.equal(use([1, 0], "\\MAILSLOT\\BROWSE"), null);
  assert.equal(use([], "\\PIPE\\LANMAN"), null);
});

test("a chain: several commands of one message, each with its own alignment", () => {
  const { commands } = read(
    {},
    lab.logOn("helga", "CONTOSO", new Uint8Array(24), new Uint8Array(25)),
    lab.connectTree("\\\\SRV\\IPC$"),
    lab.openAndx("\\PIPE\\samr"),
    lab.readAndx(0xffff),
  );
  assert.deepEqual(
    commands.map(({ body }) => body.type),
    ["sessionSetup", "treeConnect", "open", "read"],
  );
  const [, tree, file] = commands.map(({ body }) => body);
  assert.equal(tree?.type === "treeConnect" && tree.Path, "\\\\SRV\\IPC$");
  assert.equal(file?.type === "open" && file.FileName, "\\PIPE\\samr");
});

test("a chain that leads back, or on and on, ends with what was read before", () => {
  const whole = lab.message(
    {},
    lab.logOn("helga", "CONTOSO", BYTES, BYTES),
    lab.connectTree("\\\\SRV\\IPC$"),
  );
  for (const back of [32, 0, 31]) {
    const bytes = whole.slice();
    bytes.set([back, 0], 32 + 1 + 2);
    const { commands, error } = readSmb1Message(readerOf(bytes, "NetBIOS length"));
    assert.equal(error?.kind, "malformed");
    assert.deepEqual(
      commands.map(({ body }) => body.type),
      ["sessionSetup"],
    );
  }
  const endless = readSmb1Message(
    readerOf(lab.message({}, ...Array.from({ length: 40 }, lab.logOff)), "NetBIOS length"),
  );
  assert.deepEqual(
    [endless.error?.kind, endless.error?.bound, endless.commands.length],
    ["limit", "MAX_CHAIN", 16],
  );
});

test("a command past the end of its message is the sender's fault, or the capture's", () => {
  const bytes = lab.message({}, lab.ntCreate("\\lsarpc"));
  const kinds = (end: number, bound: string): string | undefined =>
    readSmb1Message(readerOf(bytes.subarray(0, end), bound)).error?.kind;
  assert.equal(kinds(50, "NetBIOS length"), "malformed");
  assert.equal(kinds(50, "captured"), "incomplete");
  assert.throws(
    () => readSmb1Message(readerOf(bytes.subarray(0, 20), "captured")),
    (error) => error instanceof WireError && error.kind === "incomplete",
  );
  // WordCount that leaves no room for what the command has.
  const few = bytes.slice();
  few[32] = 3;
  assert.equal(readSmb1Message(readerOf(few, "captured")).error?.kind, "malformed");
});

test("data that are cut keep their place and number", () => {
  const bytes = lab.message({}, lab.writeAndx(7, BYTES));
  const { commands, error } = readSmb1Message(readerOf(bytes.subarray(0, bytes.length - 9), "captured"));
  const [first] = commands;
  assert.ok(first?.body.type === "write");
  assert.deepEqual([first.body.DataOffset, first.body.DataLength], [bytes.length - 29, 29]);
  assert.equal(error, null);
});

test("what the first bytes say of a message is what all of them say", () => {
  const parts: [lab.Smb1Head, lab.Smb1Part][] = [
    [{}, lab.writeAndx(7, BYTES)],
    [{}, lab.writeAndx(7, BYTES, 8, false)],
    [{}, lab.write(7, BYTES)],
    [{}, lab.writeAndClose(7, BYTES)],
    [{}, lab.readAndx(7)],
    [{}, lab.read(7)],
    [{ reply: true }, lab.readAndxData(BYTES)],
    [{ reply: true }, lab.readData(BYTES)],
  ];
  for (const [head, part] of parts) {
    const bytes = lab.message({ ...head, pid: 0xfffffffe, mid: 0xfffd }, part);
    const { header, commands } = readSmb1Message(readerOf(bytes, "captured"));
    const start = bytes.subarray(0, SMB1_HEAD);
    assert.deepEqual(
      [smb1Command(start), isSmb1Reply(start), smb1RequestId(start)],
      [header.Command, header.reply, header.PID * 0x10000 + header.MID],
    );
    const said = commands[0]!.body;
    if ("FID" in said) assert.equal(fidAt(start), said.FID);
    if ("DataOffset" in said) assert.equal(dataStart(start), said.DataOffset);
    assert.equal(isLinked(start), false);
  }
  assert.equal(isLinked(lab.message({}, lab.writeAndx(7, BYTES), lab.readAndx(7))), true);
  assert.equal(fidAt(lab.message({}, lab.close(7))), -1);
  assert.equal(dataStart(lab.message({}, lab.writeAndx(7, BYTES)).subarray(0, 40)), -1);
});

test("failures say nothing more, and commands of no interest are other", () => {
  assert.equal(only({ reply: true, status: 0xc0000022 }, lab.empty(0xa2)), "empty");
  assert.equal(only({}, lab.empty(0x32)), "other");
  assert.equal(only({}, lab.logOff()), "logoff");
  assert.equal(only({ reply: true }, lab.logOff()), "other");
  assert.equal(only({}, lab.disconnectTree()), "treeDisconnect");
});
