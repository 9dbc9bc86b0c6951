/** Redaction takes time linear in what it is given, whatever that is: four times as much costs no more than some four times. */
import assert from "node:assert/strict";
import test from "node:test";
import { parseConnectionString } from "../../../dissectors/rai/connection-string.js";
import { parseHelpBlob } from "../../../dissectors/rai/help-blob.js";
import { parseSession } from "../../../dissectors/rai/sessions.js";
import { Redactor } from "../../../src/redact/redactor.js";
import { call, NO_AUTH, note } from "../../support/output/samples.js";

const SMALL = 20_000;
/** Milliseconds that measuring itself may blur. */
const BLUR = 25;
const MOST = 8;
const TRIES = 3;

const r = (piece: string, n: number): string => piece.repeat(Math.ceil(n / piece.length));
const SHAPES: { [name: string]: (n: number) => string } = {
  "NULs inside a session": (n) => `D\\u:${r("\0", n)}x`,
  "spaces behind a session": (n) => `D\\u:1${r(" ", n)}x`,
  "colons and spaces": (n) => r(": ", n),
  "session numbers": (n) => r(":1 ", n),
  "ID fields": (n) => `13;UNSOLICITED=1${r("8;ID=a\\b", n)}`,
  "ID without a length": (n) => `UNSOLICITED=1${r(" ID=\\", n)}`,
  UNSOLICITED: (n) => r("UNSOLICITED=1", n),
  digits: (n) => `UNSOLICITED=1${r("1", n)}`,
  "lengths that lie": (n) => `UNSOLICITED=1;${r("999999999;", n)}`,
  "colons in addresses": (n) => `65538,1,${r(":1", n)}`,
  addresses: (n) => `65538,1,${r("a:1;", n)},*,a,*,*,b`,
  commas: (n) => `65538,1${r(",", n)}`,
  brackets: (n) => `65538,1,${r("[", n)}]:1,*,a,*,*,b`,
  "quotation marks": (n) => `65538,1,a:1,${r('"', n)},a,*,*,b`,
  "less-than signs": (n) => `<E><A KH="${r("<", n)}`,
  "open tags": (n) => r("<A KH=", n),
  "quotes without names": (n) => `<E><A KH=${r('"', n)}`,
  "mixed quotes": (n) => `<E><A ${r(`a"b'`, n)}/></E>`,
  "equals signs": (n) => `<E><A ${r("=", n)}/></E>`,
  "attributes without end": (n) => `<E><A ${r("a='", n)}/><C/></E>`,
  "spaces around an equals sign": (n) => `<E><A KH${r(" ", n)}=${r(" ", n)}x`,
  ampersands: (n) => `<E><A KH="${r("&", n)}"/><C/></E>`,
  references: (n) => `<E><A KH="${r("&#x41;", n)}"/><C/></E>`,
  nesting: (n) => r("<E>", n),
  comments: (n) => `<E>${r("<!--", n)}`,
  "CDATA sections": (n) => `<E>${r("<![CDATA[", n)}`,
  listeners: (n) => `<E><A KH="" ID=""/><C><T>${r('<L P="x" N="y"/>', n)}</T></C></E>`,
  backslashes: (n) => r("a\\", n),
  "hex digits": (n) => r("6100", n),
  "the beginning of a name": (n) => r("aaaaaaab", n),
  "the beginning of a placeholder": (n) => r("<a-1-", n),
  names: (n) => r("hush ", n),
};

/** What a text is taken for, and all that is then done with it. */
const RAI = { connection_string: null, help_blob: null, sessions: null };
const PLACES: { [name: string]: (text: string, redactor: Redactor) => void } = {
  "a value": (text, redactor) => redactor.event(call({ request: { name: "aaaaaaaaab", text } })),
  "a connection string": (text, redactor) =>
    redactor.event(
      call({ response: { szName: text }, rai: { ...RAI, connection_string: parseConnectionString(text) } }),
    ),
  "a help blob": (text, redactor) =>
    redactor.event(call({ request: { blob: text }, rai: { ...RAI, help_blob: parseHelpBlob(text) } })),
  "a session": (text, redactor) =>
    redactor.event(
      call({ response: { UserNames: { values: [text] } }, rai: { ...RAI, sessions: [parseSession(text)] } }),
    ),
  "a sentence": (text, redactor) => {
    redactor.event(note({ message: text }));
    redactor.any({ violations: [text], username: text });
  },
};

/** Milliseconds of processor time, the least of some tries. */
function cost(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES && least > BLUR / 2; i++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

for (const [place, take] of Object.entries(PLACES)) {
  test(`linear: ${place}`, () => {
    for (const [shape, make] of Object.entries(SHAPES)) {
      const work = (text: string) => (): void => {
        const redactor = new Redactor();
        redactor.event(call({ auth: { ...NO_AUTH, user: "hush" }, request: { UserName: "aaaaaaaac" } }));
        take(text, redactor);
      };
      const small = cost(work(make(SMALL)));
      const large = cost(work(make(4 * SMALL)));
      assert.ok(large < MOST * Math.max(small, BLUR), `${shape}: ${small} ms and ${large} ms`);
    }
  });
}

test("linear: names and secrets that are remembered", () => {
  const work = (n: number) => (): void => {
    const redactor = new Redactor();
    for (let i = 0; i < n; i++) {
      redactor.event(call({ auth: { ...NO_AUTH, user: `hush${i}${"a".repeat(i % 90)}` } }));
    }
    redactor.event(note({ message: r("hush0aaaaaaaaaaaaaa", 50_000) }));
  };
  const small = cost(work(2_000));
  const large = cost(work(8_000));
  assert.ok(large < MOST * Math.max(small, BLUR), `${small} ms and ${large} ms`);
});
