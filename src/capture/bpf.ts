/**
 * The Berkeley packet filter as McCanne and Jacobson define it ("The BSD Packet Filter", 1993), with libpcap's additions: programs as
 * `tcpdump -ddd` prints them, checked before they run, and an interpreter that gives libpcap's answers. Not handled: what
 * only Linux's kernel has (ancillary data, VLAN tags beside the frame).
 */

interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  /** Unsigned. */
  readonly k: number;
}

export type Program = readonly Instruction[];

/** Classes. */
const LD = 0x00;
const LDX = 0x01;
const ST = 0x02;
const STX = 0x03;
const ALU = 0x04;
const JMP = 0x05;
const RET = 0x06;
/** Modes of loads. */
const IMM = 0x00;
const ABS = 0x20;
const IND = 0x40;
const MEM = 0x60;
const LEN = 0x80;
const MSH = 0xa0;
/** Operations. */
const DIV = 0x30;
const NEG = 0x80;
const MOD = 0x90;
const JA = 0x00;
/** The operand is X. */
const X = 0x08;
const TXA = 0x80;

/** Words of scratch memory. */
const WORDS = 16;
/** libpcap's own limit. */
export const MAX_INSTRUCTIONS = 4096;

/** Bytes of a load by its size; 0 for what is none. */
const SIZES: readonly number[] = [4, 2, 1, 0];

/** Reads what `tcpdump -ddd` prints: the number of instructions, then one a line. Null where it is anything else. */
export function parseProgram(text: string): Program | null {
  const lines = text.trim().split("\n");
  const count = Number(lines[0]);
  if (!/^\d+$/.test(lines[0] ?? "") || count < 1 || count > MAX_INSTRUCTIONS || lines.length !== count + 1)
    return null;
  const program: Instruction[] = [];
  for (const line of lines.slice(1)) {
    const parts = /^(\d{1,5}) (\d{1,3}) (\d{1,3}) (\d{1,10})$/.exec(line);
    if (parts === null) return null;
    const [code = 0, jt = 0, jf = 0, k = 0] = parts.slice(1).map(Number);
    if (code > 0xffff || jt > 0xff || jf > 0xff || k > 0xffffffff) return null;
    program.push({ code, jt, jf, k });
  }
  return isValid(program) ? program : null;
}

/** Instructions that a frame may take: only jumps backwards, which `protochain` has, can come near it. */
const MAX_STEPS = 65_536;

/**
 * Whether a program may run: every jump stays inside, conditional ones go forward, scratch memory exists, no constant divides by
 * zero, every instruction is known, and the last one returns.
 */
export function isValid(program: Program): boolean {
  if (program.length === 0 || program.length > MAX_INSTRUCTIONS) return false;
  if ((program.at(-1)!.code & 0x07) !== RET) return false;
  return program.every((instruction, at) => isKnown(instruction, at, program.length - at - 1));
}

/** `before`, `behind`: how many instructions there are. */
function isKnown({ code, jt, jf, k }: Instruction, before: number, behind: number): boolean {
  const mode = code & 0xe0;
  const size = SIZES[(code >> 3) & 0x03]!;
  switch (code & 0x07) {
    case LD:
      if (mode === MEM) return code === (LD | MEM) && k < WORDS;
      if (mode === IMM || mode === LEN) return size === 4;
      return (mode === ABS || mode === IND) && size !== 0;
    case LDX:
      if (mode === MEM) return size === 4 && k < WORDS;
      if (mode === MSH) return size === 1;
      return (mode === IMM || mode === LEN) && size === 4;
    case ST:
    case STX:
      return code <= STX && k < WORDS;
    case ALU: {
      const operation = code & 0xf0;
      const byZero = (operation === DIV || operation === MOD) && (code & X) === 0 && k === 0;
      return operation <= 0xa0 && !byZero;
    }
    case JMP: {
      const operation = code & 0xf0;
      if (operation === JA) return (k | 0) < behind && (k | 0) + 1 >= -before;
      return operation <= 0x40 && jt < behind && jf < behind;
    }
    case RET:
      return (code & 0x18) !== 0x18;
    default:
      return (code & 0xf8) === 0x00 || (code & 0xf8) === TXA;
  }
}

/**
 * Runs a valid program over data[start .. end), and answers what it returns: 0 is no. Loads outside of the bytes and divisions by
 * zero answer 0. `wireLength`: of the whole frame.
 */
export function runProgram(
  program: Program,
  data: Uint8Array,
  start: number,
  end: number,
  wireLength: number,
): number {
  const size = end - start;
  let a = 0;
  let x = 0;
  let memory: Uint32Array | null = null;
  let steps = 0;
  for (let at = 0; at < program.length; at++) {
    if (++steps > MAX_STEPS) return 0;
    const { code, jt, jf, k } = program[at]!;
    switch (code & 0x07) {
      case LD: {
        const mode = code & 0xe0;
        if (mode === ABS || mode === IND) {
          const width = SIZES[(code >> 3) & 0x03]!;
          const from = mode === ABS ? k : x + k;
          // An index beyond 32 bits is beyond the bytes as well.
          if (from + width > size) return 0;
          const place = start + from;
          if (width === 1) a = data[place]!;
          else if (width === 2) a = (data[place]! << 8) | data[place + 1]!;
          else
            a =
              ((data[place]! << 24) |
                (data[place + 1]! << 16) |
                (data[place + 2]! << 8) |
                data[place + 3]!) >>>
              0;
        } else if (mode === LEN) a = wireLength;
        else a = mode === MEM ? (memory?.[k] ?? 0) : k;
        break;
      }
      case LDX: {
        const mode = code & 0xe0;
        if (mode === MSH) {
          if (k >= size) return 0;
          x = (data[start + k]! & 0x0f) << 2;
        } else if (mode === LEN) x = wireLength;
        else x = mode === MEM ? (memory?.[k] ?? 0) : k;
        break;
      }
      case ST:
        memory ??= new Uint32Array(WORDS);
        memory[k] = a;
        break;
      case STX:
        memory ??= new Uint32Array(WORDS);
        memory[k] = x;
        break;
      case ALU: {
        const operation = code & 0xf0;
        const operand = (code & X) === 0 ? k : x;
        if ((operation === DIV || operation === MOD) && operand === 0) return 0;
        a = operation === NEG ? -a >>> 0 : computed(operation, a, operand);
        break;
      }
      case JMP: {
        const operation = code & 0xf0;
        if (operation === JA) at += k | 0;
        else at += holds(operation, a, (code & X) === 0 ? k : x) ? jt : jf;
        break;
      }
      case RET:
        return (code & 0x18) === 0x10 ? a : (code & 0x18) === X ? x : k;
      default:
        if ((code & TXA) === 0) x = a;
        else a = x;
    }
  }
  return 0;
}

/** In 32 bits without a sign. Shifts by more than these leave nothing. */
function computed(operation: number, a: number, operand: number): number {
  switch (operation) {
    case 0x00:
      return (a + operand) >>> 0;
    case 0x10:
      return (a - operand) >>> 0;
    case 0x20:
      return Math.imul(a, operand) >>> 0;
    case DIV:
      return Math.floor(a / operand);
    case 0x40:
      return (a | operand) >>> 0;
    case 0x50:
      return (a & operand) >>> 0;
    case 0x60:
      return operand < 32 ? (a << operand) >>> 0 : 0;
    case 0x70:
      return operand < 32 ? a >>> operand : 0;
    case MOD:
      return a % operand;
    default:
      return (a ^ operand) >>> 0;
  }
}

function holds(operation: number, a: number, operand: number): boolean {
  switch (operation) {
    case 0x10:
      return a === operand;
    case 0x20:
      return a > operand;
    case 0x30:
      return a >= operand;
    default:
      return (a & operand) !== 0;
  }
}
