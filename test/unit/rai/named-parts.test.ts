/** The parts of [MS-RAI]'s texts by name and place. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { MAX_PARTS, type NamedPart, namedParts } from "../../../dissectors/rai/named-parts.js";

/** A line a part: its path and what stands there. */
function lines(text: string, parts: readonly NamedPart[], path = ""): string[] {
  return parts.flatMap(({ name, start, end, value, parts: inner }) => {
    if (value !== null) assert.equal(value, text.slice(start, end));
    const at = `${path}${name}`;
    return [value === null ? at : `${at} ${value}`, ...lines(text, inner, `${at}.`)];
  });
}

function read(text: string): { what: string; lines: string[] } {
  const found = namedParts(text)!;
  return { what: found.what, lines: lines(text, found.parts) };
}

test("connection string 1: an element between commas, an address between semicolons", () => {
  const { what, lines: found } = read("65538,1,10.0.0.1:3389;MIKE,*,sess,*,*,pa,rms\r\n\0");
  assert.equal(what, "connection string 1");
  assert.deepEqual(found, [
    "ProtocolVersion 65538",
    "protocolType 1",
    "machineAddressList",
    "machineAddressList.[0]",
    "machineAddressList.[0].host 10.0.0.1",
    "machineAddressList.[0].port 3389",
    "machineAddressList.[1] MIKE",
    "assistantAccountPwd *",
    "RASessionID sess",
    "RASessionName *",
    "RASessionPwd *",
    "protocolSpecificParms pa,rms",
  ]);
});

test("connection string 2: elements with their attributes, as they are spelt", () => {
  const text = '<E><A KH="ab&#x63;" ID="x y"/><C><T ID="1" SID="2"><L P="49" N="10.0.0.1"/></T></C></E>';
  const { what, lines: found } = read(text);
  assert.equal(what, "connection string 2");
  assert.deepEqual(found, [
    "E",
    "E.A",
    "E.A.KH ab&#x63;",
    "E.A.ID x y",
    "E.C",
    "E.C.T",
    "E.C.T.ID 1",
    "E.C.T.SID 2",
    "E.C.T.L",
    "E.C.T.L.P 49",
    "E.C.T.L.N 10.0.0.1",
  ]);
  const root = namedParts(text)!.parts[0]!;
  assert.deepEqual([root.start, root.end], [0, text.length]);
});

test("help blobs by their lengths", () => {
  const { what, lines: found } = read("13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER");
  assert.equal(what, "help blob");
  assert.deepEqual(found, [
    "UNSOLICITED",
    "UNSOLICITED.length 13",
    "UNSOLICITED.value 1",
    "ID",
    "ID.length 18",
    "ID.DomainName EXDOMAIN",
    "ID.UserName EXUSER",
  ]);
});

test("other XML has elements, texts, comments; other text has no parts", () => {
  assert.deepEqual(read('<?xml version="1.0"?><Task v="1"><!-- c --><Exec>cmd</Exec></Task>'), {
    what: "XML",
    lines: [
      'declaration <?xml version="1.0"?>',
      "Task",
      "Task.v 1",
      "Task.comment <!-- c -->",
      "Task.Exec",
      "Task.Exec.text cmd",
    ],
  });
  for (const text of ["", "Help Me", "1,2", "< less", "12;", "a;b=c"]) assert.equal(namedParts(text), null);
});

test("what is deep or long ends with a word, and elements behind it keep their places", () => {
  const deep = `<a>${"<b>".repeat(100)}${"</b>".repeat(100)}<c/></a>`;
  const [root] = namedParts(deep)!.parts;
  assert.equal(root!.parts.at(-1)!.name, "c");
  const long = namedParts(`<a>${"<b/>".repeat(MAX_PARTS)}</a>`)!;
  assert.ok(long.cut);
  assert.equal(long.parts[0]!.parts.length, MAX_PARTS - 1);
});

test("parts of any text are inside their text, in order, and do not overlap", () => {
  const piece = fc.constantFrom(
    "<E>",
    "</E>",
    '<A K="',
    '"/>',
    "<",
    ">",
    "13;ID=",
    "\\",
    ",",
    "1",
    ";",
    "x",
    '"',
    "\0",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join("");
      const check = (parts: readonly NamedPart[], start: number, end: number): void => {
        let at = start;
        for (const part of parts) {
          assert.ok(part.start >= at && part.end >= part.start && part.end <= end);
          at = part.end;
          check(part.parts, part.start, part.end);
        }
      };
      check(namedParts(text)?.parts ?? [], 0, text.length);
      check(namedParts(`65538,1,${text}`)?.parts ?? [], 0, text.length + 8);
    }),
  );
});
