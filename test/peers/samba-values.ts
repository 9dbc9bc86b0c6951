/**
 * Samba's own print of a stub (`ndr_print`), as fields that can be compared: the values in the order of Samba's IDL, as
 * the bytes they would have in little-endian NDR.
 */
import type { Leaf } from "./dissection.js";

export interface Printed {
  frame: number;
  opnum: number;
  response: boolean;
  text: string;
}

function leaf(name: string, show: string, bytes: Buffer): Leaf {
  return { name, show, pos: 0, bytes, size: bytes.length, optional: false };
}

/** A value that the print gives in words only: any one value, or none, may stand in its place. */
function unknown(name: string, show: string): Leaf {
  return { name, show, pos: 0, bytes: null, size: 0, optional: true };
}

function integer(hex: string): Buffer {
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").reverse();
}

function guid(text: string): Buffer {
  const b = Buffer.from(text.replaceAll("-", ""), "hex");
  b.subarray(0, 4).reverse();
  b.subarray(4, 6).reverse();
  b.subarray(6, 8).reverse();
  return b;
}

function sid(text: string): Buffer {
  const [, revision, authority, ...rest] = text.split("-");
  const b = Buffer.alloc(8 + 4 * rest.length);
  b.writeUInt8(Number(revision), 0);
  b.writeUInt8(rest.length, 1);
  b.writeUIntBE(Number(authority), 2, 6);
  rest.forEach((part, i) => {
    b.writeUInt32LE(Number(part), 8 + 4 * i);
  });
  return b;
}

/** What a value of the print is, or null for the head of something larger, and for what is not there. */
function parsed(name: string, text: string): Leaf[] | null {
  if (text === "*" || text === "NULL" || /^(struct|union) |^ARRAY\(\d+\)/.test(text)) return null;
  const number = /^0x([0-9a-f]+) +\(-?\d+\)$/.exec(text);
  if (number) return [leaf(name, text, integer(number[1]!))];
  const code = /^\w+ +\((?:0x([0-9a-f]+)|(\d+))\)$/i.exec(text);
  if (code) {
    const b = Buffer.alloc(4);
    b.writeUInt32LE(code[1] ? Number.parseInt(code[1], 16) : Number(code[2]));
    return [leaf(name, text, b)];
  }
  const string = /^'(.*)'$/s.exec(text);
  if (string) return [leaf(name, text, Buffer.from(string[1]!, "utf16le"))];
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return [leaf(name, text, guid(text))];
  if (/^S-1(-\d+)+$/.test(text)) return [leaf(name, text, sid(text))];
  if (/^([0-9a-f]{2}){8,}$/.test(text)) return [leaf(name, text, Buffer.from(text, "hex"))];
  // A time is one value of 64 bits here and a structure of two halves there.
  return [unknown(name, text), unknown(name, text)];
}

export function printedLeaves(text: string): Leaf[] {
  const leaves: Leaf[] = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const parts = /^( *)(.+?) *: (.*)$/.exec(lines[i]!);
    if (!parts) continue;
    const [, indent, name, value] = parts as unknown as [string, string, string, string];
    // The bits of a mask, in words.
    if (/^(0x[0-9a-f]+|[01])$/.test(name)) continue;
    const blob = /^DATA_BLOB length=(\d+)$/.exec(value);
    if (blob) {
      const bytes = Buffer.alloc(Number(blob[1]));
      for (; i + 1 < lines.length; i++) {
        const row = /^(?:\[([0-9A-F]+)\]((?: +[0-9A-F]{2})+)|skipping zero)/.exec(lines[i + 1]!);
        if (!row) break;
        if (!row[1]) continue;
        const hexText = row[2]!.trim().split(/ +/).slice(0, 16).join("");
        bytes.write(hexText, Number.parseInt(row[1], 16), "hex");
      }
      leaves.push(leaf(name, value, bytes));
      continue;
    }
    if (/^struct security_descriptor$/.test(value)) {
      while (/^ */.exec(lines[i + 1] ?? "")![0].length > indent.length) i++;
      leaves.push(unknown(name, value));
      continue;
    }
    leaves.push(...(parsed(name, value) ?? []));
  }
  return leaves;
}
