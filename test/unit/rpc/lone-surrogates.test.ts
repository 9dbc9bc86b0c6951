/** Lone surrogates from the wire: no record has one, and the record that would have had it says where and which. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { parseInvitation } from "../../../dissectors/rai/invitation.js";
import { Analyzer } from "../../../src/analyzer.js";
import type { Frame } from "../../../src/capture/frame.js";
import type { Event } from "../../../src/events.js";
import { invitationRecord } from "../../../src/invitation/record.js";
import { SecurityContext } from "../../../src/rpc/security/context.js";
import { Writer } from "../../lab/bytes.js";
import { AV_EOL, authenticate, avPair, challenge, utf16 } from "../../support/ntlmssp/build.js";
import { captureNames, framesOf } from "../../support/offers/frames.js";
import { talk, UUID } from "../../support/rpc/talk.js";
import { calls } from "../../support/run.js";

const IDL = `[uuid(${UUID}), version(1.0)] interface odd {
  typedef struct { [string] wchar_t *name; wchar_t initial; } PERSON;
  void Say([in, string] wchar_t *word, [in] PERSON *who, [in] BSTR bstr);
}`;

/** JSON escapes of code units that are no part of a pair. */
const ESCAPED = /(?<!\\)(?:\\\\)*\\ud[89a-f][0-9a-f]{2}/i;

/** A conformant varying string, 4-aligned before and behind. */
function string(w: Writer, text: string): Writer {
  w.align(4)
    .u32(text.length + 1)
    .u32(0)
    .u32(text.length + 1);
  return w.utf16(text).u16(0);
}

const notes = (list: readonly { code: string; message: string }[]): string[] =>
  list.filter(({ code }) => code === "text-lone-surrogate").map(({ message }) => message);

test("parameters: strings, characters, BSTRs, with the path of each", async (t) => {
  const w = new Writer(true);
  string(w, "a\ud800b😀").align(4).u32(1).u16(0xdfff).align(4);
  string(w, "\udc00").align(4);
  w.u32(2).u32(3).u32(6).u32(3).utf16("\ud83dxy");
  const [call] = calls(await talk(t, IDL, [["client", "request", 0, w.done()]]));
  assert.equal(call!.stub.request, "decoded");
  assert.deepEqual(call!.request, {
    word: "a\ufffdb😀",
    who: { name: "\ufffd", initial: "\ufffd" },
    bstr: "\ufffdxy",
  });
  assert.deepEqual(notes(call!.notes).sort(), [
    "request: bstr: the lone surrogate 0xd83d is shown as U+FFFD",
    "request: who.initial: the lone surrogate 0xdfff is shown as U+FFFD",
    "request: who.name: the lone surrogate 0xdc00 is shown as U+FFFD",
    "request: word: the lone surrogate 0xd800 is shown as U+FFFD",
  ]);
});

test("a union's arm goes by what was sent", async (t) => {
  const idl = `[uuid(${UUID}), version(1.0)] interface odd {
    typedef union switch (wchar_t c) u { case 0xd800: long high; case 0xfffd: short other; } CHOICE;
    void Say([in] CHOICE *choice);
  }`;
  const w = new Writer(true).u16(0xd800).align(4).u32(7);
  const [call] = calls(await talk(t, idl, [["client", "request", 0, w.done()]]));
  assert.deepEqual(call!.request, { choice: { c: "\ufffd", u: { high: 7 } } });
});

test("names of NTLM", () => {
  const context = new SecurityContext(10, 5, 0, null);
  const at = { headerSigning: false, frame: 1 };
  const info = Buffer.concat([avPair(2, utf16("D\ud800")), AV_EOL]);
  context.token(false, challenge(1, new Uint8Array(8), utf16("T\udc00"), info), at);
  context.token(
    true,
    authenticate({ user: utf16("U\ud801"), domain: utf16("D"), workstation: utf16("W\udfff") }),
    at,
  );
  const record = context.record();
  assert.equal(record.user, "U\ufffd");
  assert.equal(record.workstation, "W\ufffd");
  assert.equal(record.ntlm?.target_name, "T\ufffd");
  assert.equal(record.ntlm?.av_pairs.MsvAvNbDomainName, "D\ufffd");
  assert.deepEqual(notes(context.takeNotes()), [
    "NTLMSSP TargetName: the lone surrogate 0xdc00 is shown as U+FFFD",
    "NTLMSSP MsvAvNbDomainName: the lone surrogate 0xd800 is shown as U+FFFD",
    "NTLMSSP UserName: the lone surrogate 0xd801 is shown as U+FFFD",
    "NTLMSSP Workstation: the lone surrogate 0xdfff is shown as U+FFFD",
  ]);
});

/** Puts halves of pairs where the frames hold UTF-16 text of ASCII characters, here and there. */
function broken(frames: readonly Frame[], seed: number): void {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  };
  const printable = (b: number | undefined): boolean => b !== undefined && b >= 0x20 && b < 0x7f;
  for (const { data } of frames) {
    for (let i = 60; i + 3 < data.length; i++) {
      if (!printable(data[i]) || data[i + 1] !== 0 || !printable(data[i + 2]) || data[i + 3] !== 0) continue;
      if (next() % 9 === 0) data[i + 1] = 0xd8 + (next() % 8);
      i++;
    }
  }
}

function analyze(frames: readonly Frame[]): { events: Event[]; objects: unknown } {
  const analyzer = new Analyzer();
  const events: Event[] = [];
  for (const frame of frames) events.push(...analyzer.push(frame));
  events.push(...analyzer.finish());
  return { events, objects: [...analyzer.objects.exporters.values()] };
}

test("in no record of any capture whose texts were broken", async () => {
  let reported = 0;
  const lines: string[] = [];
  for (const name of captureNames()) {
    for (let seed = 1; seed <= 3; seed++) {
      const frames = await framesOf(name);
      broken(frames, seed);
      const { events, objects } = analyze(frames);
      for (const event of events) {
        const line = JSON.stringify(event);
        assert.doesNotMatch(line, ESCAPED, name);
        if ("notes" in event && Array.isArray(event.notes)) {
          const found = notes(event.notes).length;
          // What a call breaks it reports; the names of its security are its association's to show.
          const own = event.type === "call" ? [event.request, event.response, event.rai] : [];
          if (JSON.stringify(own).includes("\ufffd")) assert.ok(found > 0, line);
          reported += found;
        }
        lines.push(line);
      }
      assert.doesNotMatch(JSON.stringify(objects), ESCAPED, name);
    }
  }
  assert.ok(reported > 100, `${reported} notes`);

  const jq = spawnSync("jq", ["-c", ".type"], { input: `${lines.join("\n")}\n`, encoding: "utf8" });
  if (jq.error !== undefined) console.log("# jq is not installed: not asked");
  else assert.deepEqual([jq.status, jq.stdout.trim().split("\n").length], [0, lines.length]);
});

test("in invitations: a reference to half of a pair", () => {
  const file =
    '<UPLOADINFO TYPE="Escalated"><UPLOADDATA USERNAME="a&#xD83D;b" RCTICKET="65538,1,10.0.0.7:49200,*,\ud800,*,*,x" RCTICKETENCRYPTED="0" DtStart="1" DtLength="60" L="0"/></UPLOADINFO>';
  const record = invitationRecord("x", parseInvitation(Buffer.from(file, "utf8")), 0);
  assert.doesNotMatch(JSON.stringify(record), ESCAPED);
});
