/** The other side of the invitation files: what a novice writes, made independently of the code under test. */
import { createCipheriv, createHash } from "node:crypto";

const sha1 = (bytes: Uint8Array): Buffer => createHash("sha1").update(bytes).digest();

/** LHTICKET: connection string 2 under AES-128-CBC, the key by CryptDeriveKey from SHA-1 of the password. */
export function lhticket(password: string, text: string | Uint8Array): string {
  const hash = sha1(Buffer.from(password, "utf16le"));
  const half = (pad: number): Buffer => {
    const block = Buffer.alloc(64, pad);
    for (const [i, byte] of hash.entries()) block[i] = byte ^ pad;
    return sha1(block);
  };
  const key = Buffer.concat([half(0x36), half(0x5c)]).subarray(0, 16);
  const cipher = createCipheriv("aes-128-cbc", key, Buffer.alloc(16));
  const plain = typeof text === "string" ? Buffer.from(text, "utf16le") : text;
  return Buffer.concat([cipher.update(plain), cipher.final()])
    .toString("hex")
    .toUpperCase();
}

/** RC4 as a textbook has it. */
export function rc4(key: Uint8Array, data: Uint8Array): Buffer {
  const s = Array.from({ length: 256 }, (_, i) => i);
  const swap = (a: number, b: number): void => {
    const t = s[a]!;
    s[a] = s[b]!;
    s[b] = t;
  };
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + s[i]! + key[i % key.length]!) % 256;
    swap(i, j);
  }
  let i = 0;
  let j = 0;
  return Buffer.from(
    data.map((byte) => {
      i = (i + 1) % 256;
      j = (j + s[i]!) % 256;
      swap(i, j);
      return byte ^ s[(s[i]! + s[j]!) % 256]!;
    }),
  );
}

export const KH = Buffer.alloc(20, 0x5a).toString("base64");
export const STRING_1 = "65538,1,10.0.0.7:49200;PC:49200,*,dGlja2V0LWlk,*,*,cGFybXM=";
export const STRING_2 =
  `<E><A KH="${KH}" ID="dGlja2V0LWlk"/><C><T ID="1" SID="0"><L P="49200" N="fe80::1%3"/>` +
  '<L P="49201" N="10.0.0.7"/></T></C></E>\r\n';

export const TYPE_1: { [name: string]: string } = {
  USERNAME: "jeff",
  RCTICKET: STRING_1,
  RCTICKETENCRYPTED: "1",
  DtStart: "1160080069",
  DtLength: "60",
  PassStub: "o2*5GdBARK_JBB",
  L: "0",
};

export function type2(password: string, text: string | Uint8Array = STRING_2): { [name: string]: string } {
  return { ...TYPE_1, LHTICKET: lhticket(password, text) };
}

const escaped = (value: string): string => value.replace(/[&<"]/g, (c) => `&#${c.charCodeAt(0)};`);

export interface Layout {
  declaration: string;
  /** Between attributes. */
  space: string;
  /** What ends UPLOADDATA. */
  end: string;
  type: string | null;
}

export const CLOSES_ITSELF: Layout = {
  declaration: '<?xml version="1.0" encoding="Unicode" ?>',
  space: " ",
  end: "/></UPLOADINFO>",
  type: "Escalated",
};
export const BROKEN_OVER_LINES: Layout = {
  ...CLOSES_ITSELF,
  declaration: '<?xml version="1.0" encoding="Unicode" ?>\n',
  space: "\n      ",
  end: ">\n  </UPLOADDATA>\n</UPLOADINFO>\n",
};

export function invitationXml(
  attributes: { [name: string]: string },
  layout: Layout = CLOSES_ITSELF,
): string {
  const list = Object.entries(attributes).map(
    ([name, value]) => `${layout.space}${name}="${escaped(value)}"`,
  );
  const type = layout.type === null ? "" : ` TYPE="${layout.type}"`;
  return `${layout.declaration}<UPLOADINFO${type}><UPLOADDATA${list.join("")}${layout.end}`;
}

export type Encoding = "utf-8" | "utf-16le" | "utf-16be";

export function encoded(text: string, encoding: Encoding, mark: boolean): Buffer {
  const body = (mark ? "\ufeff" : "") + text;
  if (encoding === "utf-8") return Buffer.from(body);
  const bytes = Buffer.from(body, "utf16le");
  return encoding === "utf-16le" ? bytes : bytes.swap16();
}
