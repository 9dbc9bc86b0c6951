/** [C706] chapter 14, [MS-RPCE] 2.2.4 and 2.2.5: every rule with its exact bytes. */
import { rule } from "../../support/ndr/rules.js";

rule("primitive types are aligned to their size", {
  idl: `void m([in] boolean b, [in] short s, [in] small i, [in] long l, [in] byte y, [in] hyper h,
    [in] unsigned short us, [in] unsigned long ul, [in] unsigned hyper uh, [in] unsigned small uc);`,
  ndr: "1/1 _1 -2/2 -3/1 _3 -4/4 5/1 _3 -6/8 65535/2 _2 4294967295/4 18446744073709551615/8 255/1",
  ndr64: "1/1 _1 -2/2 -3/1 _3 -4/4 5/1 _3 -6/8 65535/2 _2 4294967295/4 18446744073709551615/8 255/1",
  values: {
    b: true,
    s: -2,
    i: -3,
    l: -4,
    y: 5,
    h: "-6",
    us: 65535,
    ul: 4294967295,
    uh: "18446744073709551615",
    uc: 255,
  },
});

rule("characters and floating-point numbers", {
  idl: "void m([in] char c, [in] wchar_t w, [in] float f, [in] double d);",
  ndr: "'A' _1 0x20ac/2 0x3fc00000/4 0xc004000000000000/8",
  ndr64: "'A' _1 0x20ac/2 0x3fc00000/4 0xc004000000000000/8",
  values: { c: "A", w: "€", f: 1.5, d: -2.5 },
});

rule("numbers that JSON has not", {
  idl: "void m([in] float f, [in] double d);",
  ndr: "0x7f800000/4 _4 0x7ff8000000000000/8",
  ndr64: "0x7f800000/4 _4 0x7ff8000000000000/8",
  values: { f: "Infinity", d: "NaN" },
});

rule("enumerations: 16 bits, 32 with v1_enum, 32 in NDR64", {
  idl: `typedef enum { zero, one, seven = 7 } E; typedef [v1_enum] enum { a = 1, b } V;
    void m([in] E e, [in] V v, [in] E unknown);`,
  ndr: "7/2 _2 2/4 3/2",
  ndr64: "7/4 2/4 3/4",
  values: { e: { value: 7, name: "seven" }, v: { value: 2, name: "b" }, unknown: { value: 3, name: null } },
});

rule("statuses", {
  idl: "typedef long HRESULT; HRESULT m([in] long x, [out] error_status_t *s);",
  ndr: "0x16c9a0d6/4 0x80070005/4",
  ndr64: "0x16c9a0d6/4 0x80070005/4",
  response: {},
  values: { s: "0x16c9a0d6" },
  returned: "0x80070005",
});

rule("a structure is aligned to its largest member, also inside of another", {
  idl: `typedef struct { byte b; hyper h; } I; typedef struct { byte a; I i; short s; } S;
    void m([in] byte x, [in] S *s, [in] byte y);`,
  ndr: "1/1 _7 2/1 _7 3/1 _7 4/8 5/2 6/1",
  ndr64: "1/1 _7 2/1 _7 3/1 _7 4/8 5/2 _6 6/1",
  values: { x: 1, s: { a: 2, i: { b: 3, h: "4" }, s: 5 }, y: 6 },
});

rule("[MS-RPCE] 4.8: the trailing gap of NDR64", {
  idl: `typedef struct { long l; short s; } StructWithPad;
    void m([in] StructWithPad a[2], [in] byte y);`,
  ndr: "1/4 2/2 _2 3/4 4/2 5/1",
  ndr64: "1/4 2/2 _2 3/4 4/2 _2 5/1",
  values: {
    a: [
      { l: 1, s: 2 },
      { l: 3, s: 4 },
    ],
    y: 5,
  },
});

rule("padding behind the last value may be missing", {
  idl: "typedef struct { long l; short s; } S; void m([in] S *s);",
  ndr: "1/4 2/2",
  ndr64: "1/4 2/2",
  values: { s: { l: 1, s: 2 } },
});

rule("pointers as parameters: ref has no representation, unique and full have a referent id", {
  idl: "void m([in, ref] long *r, [in, unique] long *u, [in, unique] long *n, [in, ptr] short *p);",
  ndr: "1/4 0x20000/4 2/4 0/4 0x20004/4 3/2",
  ndr64: "1/4 _4 0x20000/8 2/4 _4 0/8 0x20004/8 3/2",
  values: { r: 1, u: 2, n: null, p: 3 },
});

rule("a pointer to a pointer", {
  idl: "void m([in, ref] long **p, [in, unique] long **q);",
  ndr: "1/4 7/4 2/4 3/4 8/4",
  ndr64: "1/8 7/4 _4 2/8 3/8 8/4",
  values: { p: 7, q: 8 },
});

rule("referents of embedded pointers follow the outermost structure, those of referents at once", {
  idl: `typedef struct { byte tag; [unique] long *x; } I; typedef struct { [unique] I *i; short s; [unique] hyper *h; I e; } S;
    void m([in] S *s, [in] byte z);`,
  ndr: "1/4 5/2 _2 2/4 9/1 _3 3/4  8/1 _3 4/4  44/4  22/8  33/4  1/1",
  ndr64: "1/8 5/2 _6 2/8 9/1 _7 3/8  8/1 _7 4/8  44/4 _4 22/8  33/4  1/1",
  values: { s: { i: { tag: 8, x: 44 }, s: 5, h: "22", e: { tag: 9, x: 33 } }, z: 1 },
});

rule("an embedded reference pointer has a representation", {
  idl: "typedef struct { [ref] short *r; short s; } S; void m([in] S *s);",
  ndr: "0x1234/4 5/2 6/2",
  ndr64: "0x1234/8 5/2 _6 6/2",
  values: { s: { r: 6, s: 5 } },
});

rule("an array of pointers: ids first, then the referents", {
  idl: "typedef [unique] long *P; void m([in] P a[3]);",
  ndr: "1/4 0/4 2/4 10/4 12/4",
  ndr64: "1/8 0/8 2/8 10/4 12/4",
  values: { a: [10, null, 12] },
});

rule("[MS-RPCE] 2.2.5.3.5.1: an array of reference pointers has no ids, except in NDR64", {
  idl: "typedef [ref] long *P; typedef struct { P a[2]; short s; } S; void m([in] S *x);",
  ndr: "5/2 _2 10/4 12/4",
  ndr64: "1/8 2/8 5/2 _6 10/4 12/4",
  values: { x: { a: [10, 12], s: 5 } },
});

rule("full pointers: a referent travels once", {
  idl: "typedef struct { [ptr] long *a; [ptr] long *b; [ptr] long *c; } S; void m([in] S *s, [in, ptr] long *d);",
  ndr: "1/4 1/4 2/4  11/4 22/4  2/4",
  ndr64: "1/8 1/8 2/8  11/4 22/4  2/8",
  values: { s: { a: 11, b: 11, c: 22 }, d: 22 },
});

rule("full pointers: a ring ends where it closes", {
  idl: "typedef struct N { short v; [ptr] struct N *next; } N; void m([in, ptr] N *n);",
  ndr: "1/4 1/2 _2 2/4 2/2 _2 1/4",
  ndr64: "1/8 1/2 _6 2/8 2/2 _6 1/8",
  values: { n: { v: 1, next: { v: 2, next: null } } },
  notes: ["pointer-cycle"],
});

rule("fixed arrays: bytes as hex, wide characters as text, others as a list", {
  idl: "void m([in] byte b[3], [in] short s[2], [in] wchar_t w[4], [in] unsigned char c[2]);",
  ndr: '#0aff00 _1 1/2 -1/2 "AB" 0/2 0/2 #4142',
  ndr64: '#0aff00 _1 1/2 -1/2 "AB" 0/2 0/2 #4142',
  values: { b: "0aff00", s: [1, -1], w: "AB", c: "4142" },
});

rule("a conformant array: maximum count, elements", {
  idl: "void m([in] long n, [in, size_is(n)] short a[], [in] long z);",
  ndr: "3/4 3/4 1/2 2/2 3/2 _2 9/4",
  ndr64: "3/4 _4 3/8 1/2 2/2 3/2 _2 9/4",
  values: { n: 3, a: [1, 2, 3], z: 9 },
});

rule("a varying array: offset, actual count, elements", {
  idl: "void m([in] long n, [in, length_is(n)] short a[8]);",
  ndr: "2/4 0/4 2/4 7/2 8/2",
  ndr64: "2/4 _4 0/8 2/8 7/2 8/2",
  values: { n: 2, a: [7, 8] },
});

rule("a conformant varying array: maximum count, offset, actual count, elements", {
  idl: "void m([in] long s, [in] long n, [in, size_is(s), length_is(n)] long a[]);",
  ndr: "4/4 2/4 4/4 0/4 2/4 7/4 8/4",
  ndr64: "4/4 2/4 4/8 0/8 2/8 7/4 8/4",
  values: { s: 4, n: 2, a: [7, 8] },
});

rule("an empty array of hypers is aligned all the same", {
  idl: "void m([in] long n, [in, size_is(n)] hyper a[], [in] long z);",
  ndr: "0/4 0/4 5/4",
  ndr64: "0/4 _4 0/8 5/4",
  values: { n: 0, a: [], z: 5 },
});

rule("a fixed array of two dimensions", {
  idl: "void m([in] short a[2][3], [in] byte b[2][2]);",
  ndr: "1/2 2/2 3/2 4/2 5/2 6/2 #0102 #0304",
  ndr64: "1/2 2/2 3/2 4/2 5/2 6/2 #0102 #0304",
  values: {
    a: [
      [1, 2, 3],
      [4, 5, 6],
    ],
    b: ["0102", "0304"],
  },
});

rule("a conformant array of fixed rows", {
  idl: "void m([in] long n, [in, size_is(n)] short a[][2]);",
  ndr: "2/4 2/4 1/2 2/2 3/2 4/2",
  ndr64: "2/4 _4 2/8 1/2 2/2 3/2 4/2",
  values: {
    n: 2,
    a: [
      [1, 2],
      [3, 4],
    ],
  },
});

rule("strings: conformant and varying, with their terminator", {
  idl: "void m([in, string] wchar_t *w, [in, string] char *c, [in, string, unique] wchar_t *n);",
  ndr: "3/4 0/4 3/4 \"Hé\" 0/2 _2 4/4 0/4 4/4 'abc' 0/1 0/4",
  ndr64: "3/8 0/8 3/8 \"Hé\" 0/2 _2 4/8 0/8 4/8 'abc' 0/1 _4 0/8",
  values: { w: "Hé", c: "abc", n: null },
});

rule("a string in a fixed array: varying only", {
  idl: "typedef struct { [string] wchar_t s[8]; long l; } S; void m([in] S *s);",
  ndr: '0/4 2/4 "A" 0/2 7/4',
  ndr64: '0/8 2/8 "A" 0/2 7/4',
  values: { s: { s: "A", l: 7 } },
});

rule("[MS-RPCE] 2.2.4.4: the strings of an array one by one", {
  idl: "typedef [string] wchar_t *STR; void m([in] long n, [in, size_is(n)] STR *a);",
  ndr: '2/4 2/4 1/4 2/4 2/4 0/4 2/4 "A" 0/2 1/4 0/4 1/4 0/2',
  ndr64: '2/4 _4 2/8 1/8 2/8 2/8 0/8 2/8 "A" 0/2 _4 1/8 0/8 1/8 0/2',
  values: { n: 2, a: ["A", ""] },
});

rule("the count of a conformant structure stands in front of it", {
  idl: "typedef struct { byte b; long n; [size_is(n)] short a[]; } S; void m([in] S *s);",
  ndr: "2/4 1/1 _3 2/4 7/2 8/2",
  ndr64: "2/8 1/1 _3 2/4 7/2 8/2",
  values: { s: { b: 1, n: 2, a: [7, 8] } },
});

rule("the count of a nested conformant structure stands in front of the outermost", {
  idl: `typedef struct { long n; [size_is(n)] byte a[]; } I; typedef struct { hyper h; I i; } S;
    void m([in] S *s);`,
  ndr: "3/4 _4 1/8 3/4 #0a0b0c",
  ndr64: "3/8 1/8 3/4 #0a0b0c",
  values: { s: { h: "1", i: { n: 3, a: "0a0b0c" } } },
});

rule("a conformant varying array at the end: its count in front, offset and actual count in place", {
  idl: "typedef struct { long n; [size_is(n), length_is(n)] short a[]; } S; void m([in] S *s);",
  ndr: "2/4 2/4 0/4 2/4 7/2 8/2",
  ndr64: "2/8 2/4 _4 0/8 2/8 7/2 8/2",
  values: { s: { n: 2, a: [7, 8] } },
});

const STRING = `typedef struct { unsigned short Length; unsigned short MaximumLength;
    [size_is(MaximumLength), length_is(Length)] char *Buffer; } STRING;
  void m([in] STRING *s);`;

rule("[MS-SAMR] 2.2.2.1: a STRING of text", {
  idl: STRING,
  ndr: "5/2 6/2 1/4 6/4 0/4 5/4 'staff'",
  ndr64: "5/2 6/2 _4 1/8 6/8 0/8 5/8 'staff'",
  values: { s: { Length: 5, MaximumLength: 6, Buffer: "staff" } },
});

rule("[MS-NRPC] 2.2.1.1.2: a STRING of bytes", {
  idl: STRING,
  ndr: "3/2 3/2 1/4 3/4 0/4 3/4 #610180",
  ndr64: "3/2 3/2 _4 1/8 3/8 0/8 3/8 #610180",
  values: { s: { Length: 3, MaximumLength: 3, Buffer: "610180" } },
});

rule("[MS-RPCE] 4.7: UNICODE_STRING", {
  idl: `typedef struct { unsigned short Length; unsigned short MaximumLength;
      [size_is(MaximumLength / 2), length_is(Length / 2)] unsigned short *pString; } US;
    void m([in] US *u);`,
  ndr: "4/2 6/2 1/4 3/4 0/4 2/4 65/2 66/2",
  ndr64: "4/2 6/2 _4 1/8 3/8 0/8 2/8 65/2 66/2",
  values: { u: { Length: 4, MaximumLength: 6, pString: "AB" } },
});

/** Counted strings by their shape: the text behind a structure of two counts, whatever its fields are called. */
const counted = (counts: string, pointer: string): string =>
  `typedef struct { ${counts} cb; ${counts} cbMax; ${pointer} pch; } C; void m([in] C *c);`;
const UNITS = "[size_is(cbMax / 2), length_is((cb) / 2)] unsigned short *";

rule("counted strings: a null pointer, and no characters", {
  idl: counted("unsigned short", UNITS),
  ndr: "0/2 0/2 0/4",
  ndr64: "0/2 0/2 _4 0/8",
  values: { c: { cb: 0, cbMax: 0, pch: null } },
});

rule("counted strings: room, and nothing in it", {
  idl: counted("unsigned short", UNITS),
  ndr: "0/2 4/2 1/4 2/4 0/4 0/4",
  ndr64: "0/2 4/2 _4 1/8 2/8 0/8 0/8",
  values: { c: { cb: 0, cbMax: 4, pch: "" } },
});

rule("counted strings: odd counts of bytes, a NUL and a pair of surrogates within", {
  idl: counted("unsigned short", UNITS),
  ndr: "9/2 11/2 1/4 5/4 0/4 4/4 0x41/2 0/2 0xd83d/2 0xde00/2",
  ndr64: "9/2 11/2 _4 1/8 5/8 0/8 4/8 0x41/2 0/2 0xd83d/2 0xde00/2",
  values: { c: { cb: 9, cbMax: 11, pch: "A\0\u{1f600}" } },
});

rule("[MS-SAMR] RPC_SHORT_BLOB: what is no text stays numbers", {
  idl: counted("unsigned short", UNITS),
  ndr: "8/2 8/2 1/4 4/4 0/4 4/4 0x41/2 0xd83d/2 0x42/2 0/2",
  ndr64: "8/2 8/2 _4 1/8 4/8 0/8 4/8 0x41/2 0xd83d/2 0x42/2 0/2",
  values: { c: { cb: 8, cbMax: 8, pch: [0x41, 0xd83d, 0x42, 0] } },
});

rule("counted strings: halves as shifts, counts of 32 bits, signed ones", {
  idl: counted("long", "[size_is(cbMax >> 1), length_is(cb >> 1)] unsigned short *"),
  ndr: "4/4 4/4 1/4 2/4 0/4 2/4 0x68/2 0x69/2",
  ndr64: "4/4 4/4 1/8 2/8 0/8 2/8 0x68/2 0x69/2",
  values: { c: { cb: 4, cbMax: 4, pch: "hi" } },
});

rule("counted strings of single bytes: with their room alone", {
  idl: counted("unsigned short", "[size_is(cbMax)] char *"),
  ndr: "2/2 3/2 1/4 3/4 'hi' 0/1",
  ndr64: "2/2 3/2 _4 1/8 3/8 'hi' 0/1",
  values: { c: { cb: 2, cbMax: 3, pch: "hi" } },
});

rule("no counted string: counts of elements, not of bytes", {
  idl: counted("unsigned short", "[size_is(cbMax), length_is(cb)] unsigned short *"),
  ndr: "2/2 2/2 1/4 2/4 0/4 2/4 65/2 66/2",
  ndr64: "2/2 2/2 _4 1/8 2/8 0/8 2/8 65/2 66/2",
  values: { c: { cb: 2, cbMax: 2, pch: [65, 66] } },
});

rule("no counted string: 32 bits count bytes of anything", {
  idl: counted("unsigned long", "[size_is(cbMax), length_is(cb)] char *"),
  ndr: "2/4 2/4 1/4 2/4 0/4 2/4 'hi'",
  ndr64: "2/4 2/4 1/8 2/8 0/8 2/8 'hi'",
  values: { c: { cb: 2, cbMax: 2, pch: "6869" } },
});

rule("no counted string: a structure that holds more", {
  idl: `typedef struct { unsigned short a; unsigned short b; ${UNITS.replace("cbMax", "b").replace("(cb)", "(a)")} p; long n; } S;
    void m([in] S *s);`,
  ndr: "2/2 2/2 1/4 9/4 1/4 0/4 1/4 65/2",
  ndr64: "2/2 2/2 _4 1/8 9/4 _4 1/8 0/8 1/8 65/2",
  values: { s: { a: 2, b: 2, p: [65], n: 9 } },
});

rule("an encapsulated union", {
  idl: "typedef union switch (long sel) u { case 1: hyper h; case 2: byte b; default: ; } U; void m([in] byte x, [in] U *p, [in] U *q);",
  ndr: "9/1 _3 1/4 5/8 7/4",
  ndr64: "9/1 _7 1/4 _4 5/8 7/4 _4",
  values: { x: 9, p: { sel: 1, u: { h: "5" } }, q: { sel: 7, u: null } },
});

rule("a non-encapsulated union: the tag travels with it, the arm by its own alignment", {
  idl: `typedef [switch_type(short)] union { [case(1)] short s; [case(2)] hyper h; [case(3)] ; } U;
    void m([in] short t, [in, switch_is(t)] U *u, [in, switch_is(t)] U *v);`,
  ndr: "1/2 1/2 7/2 1/2 8/2",
  ndr64: "1/2 _6 1/2 _6 7/2 _6 1/2 _6 8/2",
  values: { t: 1, u: { s: 7 }, v: { s: 8 } },
});

rule("[MS-RPCE] 2.2.4.5 ms_union: the arm by the largest of all arms", {
  idl: `typedef [ms_union, switch_type(short)] union { [case(1)] short s; [case(2)] hyper h; } U;
    void m([in] short t, [in, switch_is(t)] U *u);`,
  ndr: "1/2 1/2 _4 7/2",
  ndr64: "1/2 _6 1/2 _6 7/2",
  values: { t: 1, u: { s: 7 } },
});

rule("a union in a structure: its largest arm aligns the structure", {
  idl: `typedef struct { short t; [switch_is(t)] union { [case(1)] byte b; [case(2)] hyper h; } u; byte z; } S;
    void m([in] byte x, [in] S *s);`,
  ndr: "9/1 _7 1/2 1/2 7/1 8/1",
  ndr64: "9/1 _7 1/2 _6 1/2 _6 7/1 8/1 _6",
  values: { x: 9, s: { t: 1, u: { b: 7 }, z: 8 } },
});

rule("a pointer in a union: its referent is deferred", {
  idl: `typedef struct { short t; [switch_is(t)] union { [case(1)] [string, unique] wchar_t *s; [case(2)] long l; } u;
      [unique] long *p; } S;
    void m([in] S *s);`,
  ndr: '1/2 1/2 5/4 6/4 2/4 0/4 2/4 "A" 0/2 77/4',
  ndr64: '1/2 _6 1/2 _6 5/8 6/8 2/8 0/8 2/8 "A" 0/2 77/4',
  values: { s: { t: 1, u: { s: "A" }, p: 77 } },
});

rule("tags that are enumerations, characters and booleans", {
  idl: `typedef enum { one = 1, two } E;
    typedef [switch_type(E)] union { [case(one)] byte b; [case(two)] short s; } UE;
    typedef [switch_type(char)] union { [case('1')] byte b; [case('x')] byte c; } UC;
    typedef [switch_type(boolean)] union { [case(FALSE)] byte f; [case(TRUE)] byte t; } UB;
    void m([in] E e, [in, switch_is(e)] UE *ue, [in] char c, [in, switch_is(c)] UC *uc, [in] boolean b, [in, switch_is(b)] UB *ub);`,
  ndr: "2/2 2/2 7/2 '1' '1' 8/1 1/1 1/1 9/1",
  ndr64: "2/4 2/4 7/2 '1' '1' 8/1 1/1 1/1 9/1",
  values: { e: { value: 2, name: "two" }, ue: { s: 7 }, c: "1", uc: { b: 8 }, b: true, ub: { t: 9 } },
});

rule("a tag without an arm is the sender's fault", {
  idl: `typedef [switch_type(long)] union { [case(1)] long l; } U;
    void m([in] long t, [in, switch_is(t)] U *u);`,
  ndr: "5/4 5/4 0/4",
  ndr64: "5/4 5/4 0/4",
  values: { t: 5 },
  error: ["u", "malformed"],
  left: 4,
});

rule("the tag is compared with switch_is", {
  idl: `typedef [switch_type(long)] union { [case(1)] long l; [default] ; } U;
    void m([in] long t, [in, switch_is(t)] U *u);`,
  ndr: "5/4 1/4 9/4",
  ndr64: "5/4 1/4 9/4",
  values: { t: 5, u: { l: 9 } },
  notes: ["switch-is-mismatch"],
});

rule("context handles", {
  idl: "typedef [context_handle] void *H; void m([in] byte b, [in] H h);",
  ndr: "1/1 _3 0/4 0x01020304/4 0x0506/2 0x0708/2 #090a0b0c0d0e0f10",
  ndr64: "1/1 _3 0/4 0x01020304/4 0x0506/2 0x0708/2 #090a0b0c0d0e0f10",
  values: { b: 1, h: { attributes: 0, uuid: "01020304-0506-0708-090a-0b0c0d0e0f10" } },
});

rule("[ignore] pointers keep their place", {
  idl: "typedef struct { long a; [ignore] long *p; long b; } S; void m([in] S *s);",
  ndr: "1/4 77/4 2/4",
  ndr64: "1/4 _4 77/8 2/4",
  values: { s: { a: 1, p: null, b: 2 } },
});

rule("[range]", {
  idl: "void m([in, range(1, 10)] long a, [in, range(1, 10)] long b);",
  ndr: "10/4 11/4",
  ndr64: "10/4 11/4",
  values: { a: 10, b: 11 },
  notes: ["out-of-range"],
});

rule("size_is with expressions, pointers and later parameters", {
  idl: `void m([in, size_is(cb / 2)] short *a, [in] long cb, [in] long *pc, [in, size_is(*pc)] byte *b,
    [in, max_is(1)] byte *c);`,
  ndr: "2/4 1/2 2/2 4/4 3/4 3/4 #0a0b0c _1 2/4 #0102",
  ndr64: "2/8 1/2 2/2 4/4 3/4 _4 3/8 #0a0b0c _5 2/8 #0102",
  values: { a: [1, 2], cb: 4, pc: 3, b: "0a0b0c", c: "0102" },
});

rule("a maximum count that is not size_is is noted, the wire counts", {
  idl: "void m([in] long n, [in, size_is(n)] short *a);",
  ndr: "3/4 2/4 1/2 2/2",
  ndr64: "3/4 _4 2/8 1/2 2/2",
  values: { n: 3, a: [1, 2] },
  notes: ["size-is-mismatch"],
});

rule("an actual count that is not length_is, and beyond the maximum", {
  idl: "void m([in] long n, [in, size_is(2), length_is(n)] short *a);",
  ndr: "1/4 2/4 0/4 3/4 1/2 2/2 3/2",
  ndr64: "1/4 _4 2/8 0/8 3/8 1/2 2/2 3/2",
  values: { n: 1, a: [1, 2, 3] },
  notes: ["array-bounds", "length-is-mismatch"],
});

rule("a varying array that starts within: the elements that were sent", {
  idl: "void m([in] long f, [in] long n, [in, first_is(f), length_is(n)] short a[8]);",
  ndr: "2/4 2/4 2/4 2/4 7/2 8/2",
  ndr64: "2/4 2/4 2/8 2/8 7/2 8/2",
  values: { f: 2, n: 2, a: [7, 8] },
  notes: ["array-offset"],
});

rule("size_is of an [out] array may name an [in] parameter", {
  idl: "void m([in] long n, [out, size_is(n)] short *a);",
  ndr: "2/4 1/2 2/2",
  ndr64: "2/8 1/2 2/2",
  response: { n: 3 },
  values: { a: [1, 2] },
  notes: ["size-is-mismatch"],
});

rule("size_is(, *p): a pointer to a counted array", {
  idl: "void m([out] long *p, [out, size_is(, *p)] short **a);",
  ndr: "2/4 5/4 2/4 7/2 8/2",
  ndr64: "2/4 _4 5/8 2/8 7/2 8/2",
  response: {},
  values: { p: 2, a: [7, 8] },
});

rule("bytes behind the last parameter are counted", {
  idl: "void m([in] long n);",
  ndr: "2/4 5/4",
  ndr64: "2/4 5/4",
  values: { n: 2 },
  left: 4,
});

rule("missing bytes name the parameter and the field", {
  idl: "typedef struct { short a; [unique] short *p; long l[3]; } S; void m([in] long n, [in] S *s);",
  ndr: "2/4 1/2 _2 5/4 6/4 7/4",
  ndr64: "2/4 _4 1/2 _6 5/8 6/4 7/4",
  values: { n: 2, s: { a: 1, l: [6, 7] } },
  error: ["s.l[2]", "incomplete"],
});

rule("a lying count costs what follows, and no time", {
  idl: "typedef struct { long a; } S; void m([in] long n, [in, size_is(n)] S *a, [in] long z);",
  ndr: "1/4 0xffffffff/4 5/4 6/4",
  ndr64: "1/4 _4 0xffffffff/8 5/4 6/4",
  values: { n: 1, a: [{ a: 5 }, { a: 6 }, {}] },
  notes: ["size-is-mismatch"],
  error: ["a[2].a", "incomplete"],
});

rule("pipes stop the decoding", {
  idl: "typedef pipe long P; void m([in] long n, [in] P p);",
  ndr: "1/4 2/4",
  ndr64: "1/4 2/4",
  values: { n: 1 },
  error: ["p", "unsupported"],
  left: 4,
});

rule("an interface pointer that is null", {
  idl: `[object, uuid(11111111-2222-3333-4444-555555555556)] interface IFoo { }
    [uuid(11111111-2222-3333-4444-555555555555), version(1.0)] interface t { void m([in] IFoo *p, [in] long z); }`,
  ndr: "0/4 7/4",
  ndr64: "0/8 7/4",
  values: { p: null, z: 7 },
});

// The pointers behind the link of each element are followed behind the whole rest of the list, from its end back.
rule("a linked list is shown flat", {
  idl: `typedef struct E { long *a; struct E *next; long *b; long v; } E; void m([in] E *e, [in] long z);`,
  ndr: "1/4 1/4 1/4 1/4 10/4 1/4 1/4 1/4 2/4 20/4 1/4 0/4 1/4 3/4 30/4 31/4 21/4 11/4 5/4",
  ndr64: "1/8 1/8 1/8 1/4 _4 10/4 _4 1/8 1/8 1/8 2/4 _4 20/4 _4 1/8 0/8 1/8 3/4 _4 30/4 31/4 21/4 11/4 5/4",
  values: {
    e: {
      a: 10,
      next: [
        { a: 20, b: 21, v: 2 },
        { a: 30, b: 31, v: 3 },
      ],
      b: 11,
      v: 1,
    },
    z: 5,
  },
});

rule("a linked list whose first element is its last", {
  idl: "typedef struct E { struct E *next; long *b; } E; void m([in] E *e, [in] long z);",
  ndr: "0/4 1/4 11/4 5/4",
  ndr64: "0/8 1/8 11/4 5/4",
  values: { e: { next: null, b: 11 }, z: 5 },
});

rule("a linked list that ends too early keeps what was read", {
  idl: "typedef struct E { struct E *next; long *b; short v; } E; void m([in] E *e);",
  ndr: "1/4 1/4 1/2 _2 1/4 1/4 2/2",
  ndr64: "1/8 1/8 1/2 _6 1/8 1/8 2/2",
  values: { e: { next: [{ v: 2 }], v: 1 } },
  error: ["e.next[1]", "incomplete"],
});
