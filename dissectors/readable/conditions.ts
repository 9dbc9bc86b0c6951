/**
 * Conditional expressions of callback ACEs, [MS-DTYP] 2.4.4.17: postfix tokens, written as 2.5.1 does. Parentheses stand where
 * the order of precedence (2.5.1.3) needs them.
 *
 * Not handled: tokens that the specification does not list, which leave the whole descriptor without a meaning.
 */
import { limit, malformed } from "../wire/errors.js";
import { hex } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { utf16, wellFormed } from "../wire/text.js";
import { sddlSid } from "./sddl-sids.js";
import { readSid } from "./sid.js";

/** ACE_CONDITION_SIGNATURE: `artx`. */
const SIGNATURE = [0x61, 0x72, 0x74, 0x78];
/** Lists within lists. */
const MAX_DEPTH = 8;
/** Characters of one expression: each operator copies what it joins. */
const MAX_CHARACTERS = 65_536;

export function isCondition(r: Reader): boolean {
  return r.left >= 4 && SIGNATURE.every((byte, i) => r.peek(i) === byte);
}

/** How tightly a part holds together: 0 an operand, then relations, `!`, `&&`, `||`. */
interface Part {
  text: string;
  rank: number;
}

const UNARY: ReadonlyMap<number, string> = new Map([
  [0x87, "Exists"],
  [0x8d, "Not_Exists"],
  [0x89, "Member_of"],
  [0x8a, "Device_Member_of"],
  [0x8b, "Member_of_Any"],
  [0x8c, "Device_Member_of_Any"],
  [0x90, "Not_Member_of"],
  [0x91, "Not_Device_Member_of"],
  [0x92, "Not_Member_of_Any"],
  [0x93, "Not_Device_Member_of_Any"],
]);
const BINARY: ReadonlyMap<number, { text: string; rank: number }> = new Map([
  [0x80, { text: "==", rank: 1 }],
  [0x81, { text: "!=", rank: 1 }],
  [0x82, { text: "<", rank: 1 }],
  [0x83, { text: "<=", rank: 1 }],
  [0x84, { text: ">", rank: 1 }],
  [0x85, { text: ">=", rank: 1 }],
  [0x86, { text: "Contains", rank: 1 }],
  [0x88, { text: "Any_of", rank: 1 }],
  [0x8e, { text: "Not_Contains", rank: 1 }],
  [0x8f, { text: "Not_Any_of", rank: 1 }],
  [0xa0, { text: "&&", rank: 3 }],
  [0xa1, { text: "||", rank: 4 }],
]);
const NOT = 0xa2;
const ATTRIBUTES: ReadonlyMap<number, string> = new Map([
  [0xf8, ""],
  [0xf9, "@User."],
  [0xfa, "@Resource."],
  [0xfb, "@Device."],
]);

/** The expression behind the signature, which fills the window. Throws WireError. */
export function conditionText(data: Reader): string {
  const r = data.over(data.offset + SIGNATURE.length, data.end, "ApplicationData", true);
  const stack: Part[] = [];
  let characters = 0;
  while (r.left > 0) {
    const at = r.offset;
    const token = r.u8();
    if (token === 0) continue; // padding to a multiple of 4
    const part = join(token, stack, at) ?? { text: operand(r, token, at, 0), rank: 0 };
    characters += part.text.length;
    if (characters > MAX_CHARACTERS) throw limit("MAX_CHARACTERS", MAX_CHARACTERS, at);
    stack.push(part);
  }
  if (stack.length !== 1) throw malformed(`a condition of ${stack.length} parts`, 0, "ApplicationData");
  return stack[0]!.text;
}

/** An operator takes its operands off the stack; null where the token is none. */
function join(token: number, stack: Part[], at: number): Part | null {
  const pop = (): Part => {
    const part = stack.pop();
    if (part === undefined) throw malformed("an operator without an operand", at, "ApplicationData");
    return part;
  };
  const within = ({ text, rank }: Part, most: number): string => (rank > most ? `(${text})` : text);
  const unary = UNARY.get(token);
  if (unary !== undefined) return { text: `${unary} ${within(pop(), 0)}`, rank: 1 };
  if (token === NOT) return { text: `!(${pop().text})`, rank: 2 };
  const binary = BINARY.get(token);
  if (binary === undefined) return null;
  const { text, rank } = binary;
  const right = pop();
  const left = pop();
  const most = rank === 1 ? 0 : rank;
  return { text: `${within(left, most)} ${text} ${within(right, most === 0 ? 0 : rank - 1)}`, rank };
}

function text(r: Reader): string {
  return wellFormed(utf16(sized(r)), null);
}

function sized(r: Reader): Uint8Array {
  return r.bytes(r.u32());
}

/** [MS-DTYP] 2.4.4.17.5 and 2.4.4.17.8 */
function operand(r: Reader, token: number, at: number, depth: number): string {
  const prefix = ATTRIBUTES.get(token);
  if (prefix !== undefined) return prefix + attributeName(text(r));
  if (token >= 0x01 && token <= 0x04) return integer(r);
  if (token === 0x10) return `"${text(r)}"`;
  if (token === 0x18) return `#${hex(sized(r))}`;
  if (token === 0x51) return `SID(${sddlSid(readSid(r.window(r.u32(), "SID")))})`;
  if (token === 0x50 && depth >= MAX_DEPTH) throw limit("MAX_DEPTH", MAX_DEPTH, at);
  if (token !== 0x50) throw malformed(`the token 0x${token.toString(16)}`, at, "ApplicationData");
  const list = r.window(r.u32(), "Composite");
  const parts: string[] = [];
  while (list.left > 0) {
    const place = list.offset;
    parts.push(operand(list, list.u8(), place, depth + 1));
  }
  return `{${parts.join(", ")}}`;
}

/** attr-char2 of 2.5.1.1: what could end the name is written as %XXXX. */
function attributeName(name: string): string {
  return name.replace(/[!&()><=|% "]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const BASES: ReadonlyMap<number, { radix: number; prefix: string }> = new Map([
  [1, { radix: 8, prefix: "0" }],
  [2, { radix: 10, prefix: "" }],
  [3, { radix: 16, prefix: "0x" }],
]);

function integer(r: Reader): string {
  const value = r.i64();
  const sign = r.u8();
  const { radix, prefix } = BASES.get(r.u8()) ?? { radix: 10, prefix: "" };
  const size = value < 0n ? -value : value;
  const signText = sign === 1 ? "+" : sign === 2 || value < 0n ? "-" : "";
  return signText + prefix + size.toString(radix);
}
