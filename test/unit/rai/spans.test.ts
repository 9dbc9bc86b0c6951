/** Where the values of [MS-RAI]'s texts stand: spans in order, and nothing but punctuation between them. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { readConnectionString } from "../../../dissectors/rai/connection-string.js";
import { readHelpBlob } from "../../../dissectors/rai/help-blob.js";
import { markupSpans } from "../../../dissectors/rai/markup.js";
import { readSession } from "../../../dissectors/rai/sessions.js";
import type { Span } from "../../../dissectors/rai/spans.js";

type Reported = readonly [what: string, raw: string];

/** Each span as what it is and what stands there. */
function reported(raw: string, spans: readonly Span<string>[]): Reported[] {
  return spans.map(({ what, start, end }) => [what, raw.slice(start, end)]);
}

/** What stands outside of all spans; fails where spans overlap or are out of order. */
function between(raw: string, spans: readonly Span<string>[]): string {
  let at = 0;
  let rest = "";
  for (const { start, end } of spans) {
    assert.ok(start >= at && end > start && end <= raw.length, `${at} ${start} ${end}`);
    rest += raw.slice(at, start);
    at = end;
  }
  return rest + raw.slice(at);
}

test("form 1, element by element", () => {
  const raw = "65538,1,10.0.0.1:3389;MIKE_HOME:3389,*, se ss ,*,pw,pa,rms\r\n";
  const { spans } = readConnectionString(raw);
  assert.deepEqual(reported(raw, spans), [
    ["protocol_version", "65538"],
    ["protocol_type", "1"],
    ["machine_addresses", "10.0.0.1:3389"],
    ["machine_addresses", "MIKE_HOME:3389"],
    ["assistant_account_pwd", "*"],
    ["ra_session_id", "se ss"],
    ["ra_session_name", "*"],
    ["ra_session_pwd", "pw"],
    ["protocol_specific_parms", "pa,rms"],
  ]);
  assert.equal(spans[5]?.value, "sess");
});

test("form 1 with a comma too few or too many: what is no number, no address is unread", () => {
  const short = "65538,1,Uj7RpOlU80SibpRwRZ9+z1vbh7nIgVn89X1AiKp15Vc=,*";
  assert.deepEqual(reported(short, readConnectionString(short).spans).slice(2), [
    ["unread", "Uj7RpOlU80SibpRwRZ9+z1vbh7nIgVn89X1AiKp15Vc="],
    ["assistant_account_pwd", "*"],
  ]);
  const long = "x,y,h:1,*,a,*,*,b";
  assert.deepEqual(reported(long, readConnectionString(long).spans).slice(0, 3), [
    ["unread", "x"],
    ["unread", "y"],
    ["machine_addresses", "h:1"],
  ]);
  const ipv6 = "65538,1,fe80::1;2001:db8::7,*,a,*,*,b";
  assert.equal(readConnectionString(ipv6).spans[2]?.what, "machine_addresses");
});

test("form 2: values with references are given as they are read, of the first auth string", () => {
  const raw =
    '<?xml version="1.0"?><E><A ID="a&#98;c" KH=\'k\nh\'/><A KH="2nd"/>' +
    '<C><T ID="1" SID="7"><L P="1" N="h" U="wss://h"/></T></C></E>';
  const { spans } = readConnectionString(raw);
  assert.deepEqual(
    spans.map(({ what, value }) => [what, value]),
    [
      ["id", "abc"],
      ["kh", "kh"],
      ["kh", "2nd"],
      ["transport_id", "1"],
      ["sid", "7"],
      ["port", "1"],
      ["name", "h"],
      ["uri", "wss://h"],
    ],
  );
});

test("everything that form 2 does not know is unread: attributes, elements, text, comments, sections", () => {
  const raw =
    "<!--a--><E b='c'>d<A KH='e' F='g'>h</A><I j='k'/><L P='1' Q='r'/><![CDATA[l]]><T ID=m><?n o?></T x='p'></E>";
  const all = reported(raw, markupSpans(raw));
  const unread = all.filter(([what]) => what === "unread").map(([, text]) => text);
  assert.deepEqual(unread, [
    "a",
    "b='c'",
    "d",
    "F='g'",
    "h",
    "<I j='k'/>",
    "Q='r'",
    "l",
    " ID=m",
    "<?n o?>",
    "x='p'",
  ]);
  assert.deepEqual(
    all.filter(([what]) => what !== "unread"),
    [
      ["kh", "e"],
      ["port", "1"],
    ],
  );
});

test("a string of neither form is unread as a whole", () => {
  for (const raw of ["what", "<E><A KH='x'", "<F/>", "a,b"]) {
    assert.deepEqual(reported(raw, readConnectionString(raw).spans), [["unread", raw]]);
  }
  assert.deepEqual(readConnectionString("").spans, []);
});

test("help blobs", () => {
  const raw = "13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER\0";
  assert.deepEqual(reported(raw, readHelpBlob(raw).spans), [
    ["name", "UNSOLICITED="],
    ["flag", "1"],
    ["name", "ID="],
    ["domain", "EXDOMAIN"],
    ["user", "EXUSER"],
  ]);
  const odd = "ID=a\\\\b\\c";
  assert.deepEqual(reported(odd, readHelpBlob(odd).spans).slice(1), [
    ["domain", "a"],
    ["user", "b\\c"],
  ]);
  const more = "5;KEY=a3;bcd";
  assert.deepEqual(reported(more, readHelpBlob(more).spans), [
    ["name", "KEY="],
    ["unread", "a"],
    ["unread", "bcd"],
  ]);
});

test("session entries", () => {
  const raw = "D\\u:v: 7 \0";
  assert.deepEqual(reported(raw, readSession(raw).spans), [
    ["domain", "D"],
    ["user", "u:v"],
    ["session_id", "7"],
  ]);
  assert.deepEqual(reported("D\\:1", readSession("D\\:1").spans), [["unread", "D\\:1"]]);
});

const piece = fc.constantFrom(
  ..."<E> </E> <A KH= ID= KH2= <T SID= <L P= N= U= /> > < \" ' = & &#65; <!-- --> <![CDATA[ ]]> <?xml ?> , ; : \\ \0".split(
    " ",
  ),
  " ",
  "65538",
  "1",
  "13;UNSOLICITED=1",
  "8;ID=D\\hush",
  "hush",
);

test("whatever the text: outside of spans there is punctuation and the names of elements alone", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const raw = pieces.join("");
      for (const { spans } of [
        readConnectionString(raw),
        { spans: markupSpans(raw) },
        readHelpBlob(raw),
        readSession(raw),
      ]) {
        assert.ok(!/hush/.test(between(raw, spans)), JSON.stringify(raw));
      }
    }),
    { numRuns: 2_000 },
  );
});
