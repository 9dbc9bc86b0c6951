/** What is text by nature: connection strings, help blobs, session entries, invitations, IDL, secrets files. */
import { readIdl } from "../../dissectors/idl/reader.js";
import { parseConnectionString } from "../../dissectors/rai/connection-string.js";
import { parseHelpBlob } from "../../dissectors/rai/help-blob.js";
import { parseInvitation } from "../../dissectors/rai/invitation.js";
import { parseSession, parseSessions } from "../../dissectors/rai/sessions.js";
import { invitationRecord } from "../../src/invitation/record.js";
import { parseSecrets } from "../../src/rpc/security/secrets.js";
import {
  encoded,
  invitationXml,
  STRING_1,
  STRING_2,
  TYPE_1,
  type2,
} from "../../test/support/invitation/novice.js";
import { validateRecord } from "../../test/support/output/validate.js";
import "../../src/invitation/schema.js";
import { shippedIdl } from "../corpus.js";
import { mutate, mutateText } from "../mutate.js";
import { checkFinite, OracleError } from "../oracles.js";
import type { Target } from "../target.js";

/** Text as inputs hold it, two bytes a code unit, so that lone surrogates survive. */
const bytesOf = (text: string): Uint8Array => Buffer.from(text, "utf16le");
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf16le");

const MARKS = [
  ..."<>&\"'=/\\,;:?![]{}()*#%\0\n\r\t ",
  "&#0;",
  "&amp;",
  "<!--",
  "-->",
  "]]>",
  "<![CDATA[",
  "65538",
  "*,*",
  "UNSOLICITED=1",
  "ID=",
];

export const strings: Target = {
  name: "strings",
  seeds: async () =>
    [
      STRING_1,
      STRING_2,
      "13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER",
      "CONTOSO\\jmarek:1",
      "WS\\a:4294967295",
      "",
    ].map(bytesOf),
  make: (random, seeds) => bytesOf(mutateText(textOf(random.pick(seeds)), random, MARKS)),
  run(input) {
    const text = textOf(input);
    checkFinite(parseConnectionString(text));
    checkFinite(parseHelpBlob(text));
    checkFinite(parseSession(text));
    checkFinite(parseSessions([text, null, ""]));
  },
};

export const invitations: Target = {
  name: "invitations",
  seeds: async () =>
    [invitationXml(TYPE_1), invitationXml(type2("p")), STRING_1, STRING_2].flatMap((text) => [
      encoded(text, "utf-8", false),
      encoded(text, "utf-16le", true),
      encoded(text, "utf-16be", true),
    ]),
  make(random, seeds) {
    if (random.oneIn(2)) return mutate(random.pick(seeds), random, seeds);
    const text = random.pick([invitationXml(TYPE_1), invitationXml(type2("p"))]);
    return encoded(
      mutateText(text, random, MARKS),
      random.pick(["utf-8", "utf-16le", "utf-16be"]),
      random.oneIn(2),
    );
  },
  run(input) {
    const invitation = parseInvitation(input, ["p"]);
    if (invitation.connection_string === null && invitation.error === null)
      throw new OracleError("neither a string nor an error");
    const record = invitationRecord("an invitation", invitation, 1_700_000_000);
    checkFinite(record);
    const [problem] = validateRecord(record);
    if (problem !== undefined) throw new OracleError(`the invitation breaks the schema: ${problem}`);
  },
};

const IDL_MARKS = [
  ..."[](){};,:*=?~-<>|&^%!\"'#\\\n",
  "<<",
  "typedef",
  "struct",
  "union",
  "enum",
  "switch",
  "case",
  "default",
  "interface",
  "import",
  "size_is",
  "uuid",
  "0x",
  "18446744073709551616",
  "#define X X",
  "#if",
  "#endif",
  "#include",
  "/*",
  "//",
  "void",
  "unsigned",
];

export const idl: Target = {
  name: "idl",
  seeds: async () => shippedIdl().map(({ text }) => Buffer.from(text)),
  make(random, seeds) {
    const text = Buffer.from(random.pick(seeds)).toString();
    // A part of a long file is as good as the whole and ten times as fast.
    const from = text.length > 8_000 ? random.below(text.length - 6_000) : 0;
    return Buffer.from(mutateText(text.slice(from, from + 8_000), random, IDL_MARKS));
  },
  run(input) {
    const text = Buffer.from(input).toString();
    const { library, problems } = readIdl([{ name: "t.idl", text }], () => null);
    const lines = text.split("\n").length;
    for (const { line, column } of problems) {
      if (line < 1 || line > lines || column < 1)
        throw new OracleError(`a problem is reported at ${line}:${column}`);
    }
    for (const { name, methods } of library.interfaces) {
      for (const [opnum, method] of methods.entries()) {
        if (method === undefined) continue;
        if (method.opnum !== opnum) throw new OracleError(`${name}: opnum ${method.opnum} at ${opnum}`);
        // Parameters are described when they are asked for.
        if (!Array.isArray(method.params)) throw new OracleError(`${name}.${method.name} has no parameters`);
      }
    }
  },
};

export const secrets: Target = {
  name: "secrets",
  seeds: async () => [
    Buffer.from(
      JSON.stringify([
        { user: "helga", domain: "CONTOSO", password: "secret-text" },
        { user: "helga", domain: null, nt_hash: "00112233445566778899aabbccddeeff" },
        { session_key: "00112233445566778899aabbccddeeff" },
        { principal: "host/a", realm: "R", kerberos_key: "00112233445566778899aabbccddeeff", etype: 23 },
      ]),
    ),
  ],
  run(input) {
    try {
      parseSecrets(Buffer.from(input).toString());
    } catch (error) {
      if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) throw error;
      if (/secret-text|00112233/.test(error.message))
        throw new OracleError(`a secret is shown: ${error.message}`);
    }
  },
};
