/** IDL of odd shapes, of any length: read, or refused, in the time of its characters. */
import assert from "node:assert/strict";
import test from "node:test";
import { readIdl } from "../../../dissectors/idl/reader.js";
import { assertLinear } from "../../support/growth.js";

const HEAD = "[uuid(12345678-1234-abcd-ef00-0123456789ab), version(1.0)] interface odd {\n";
const inside = (text: string): string => `${HEAD}${text}\n}\n`;

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const shapes: [name: string, n: number, text: (n: number) => string][] = [
  ["#if with a number of many suffixes that is none", 5_000, (n) => `#if 0${"u".repeat(n)}x\n#endif\n`],
  ["#if with a number of many suffixes", 50_000, (n) => `#if 0${"u".repeat(n)}\n#endif\n`],
  ["#if with many operators", 20_000, (n) => `#if ${"1 + ".repeat(n)} 1\n#endif\n`],
  ["#if with many exclamation marks", 20_000, (n) => `#if ${"!".repeat(n)}1\n#endif\n`],
  ["#if with many parentheses", 20_000, (n) => `#if ${"(".repeat(n)}1${")".repeat(n)}\n#endif\n`],
  ["#if within #if", 10_000, (n) => `${"#if 1\n".repeat(n)}${"#endif\n".repeat(n)}`],
  ["#if without an end", 10_000, (n) => "#if 0\n".repeat(n)],
  ["#elif by the thousand", 10_000, (n) => `#if 0\n${"#elif 0\n".repeat(n)}#endif\n`],
  [
    "macros by the thousand",
    5_000,
    (n) => Array.from({ length: n }, (_, i) => `#define M${i} M${i + 1}\n`).join(""),
  ],
  ["a macro used by the thousand", 10_000, (n) => `#define M 1\n${inside("const long a = M;\n".repeat(n))}`],
  [
    "a macro of many parameters and a long body",
    2_000,
    (n) => {
      const names = Array.from({ length: n }, (_, i) => `p${i}`);
      return `#define M(${names.join(",")}) ${names.join(" ")}\nM(${names.join(",")})\n`;
    },
  ],
  ["calls of macros within each other", 2_000, (n) => `#define M(a) a\n${"M(".repeat(n)}1${")".repeat(n)}\n`],
  ["calls of macros without an end", 5_000, (n) => `#define M(a) a\n${"M(1 ".repeat(n)}\n`],
  ["macros that double", 5_000, (n) => `#define A B B\n#define B C C\n#define C 1\n${"A ".repeat(n)}\n`],
  ["a long number", 20_000, (n) => inside(`const hyper a = ${"9".repeat(n)};`)],
  ["a long hexadecimal number", 50_000, (n) => inside(`const hyper a = 0x${"f".repeat(n)};`)],
  ["a long name", 50_000, (n) => inside(`const long ${"a".repeat(n)} = 1;`)],
  ["a long string", 50_000, (n) => inside(`const char *a = "${"\\n".repeat(n)}";`)],
  ["strings without an end", 20_000, (n) => '"\n'.repeat(n)],
  ["a comment without an end", 50_000, (n) => `/*${"*".repeat(n)}`],
  ["comments by the thousand", 20_000, (n) => "/**/ // x\n".repeat(n)],
  ["comments begun and begun again", 20_000, (n) => "/* ".repeat(n)],
  ["backslashes and blanks", 20_000, (n) => "\\ \t ".repeat(n)],
  ["a backslash before many blanks", 50_000, (n) => `\\${" ".repeat(n)}x`],
  ["operators without operands", 20_000, (n) => inside(`const long a = ${"<<".repeat(n)};`)],
  ["one expression of many terms", 500, (n) => inside(`const long a = ${"1+".repeat(n)}1;`)],
  ["parentheses", 20_000, (n) => inside(`const long a = ${"(".repeat(n)}1${")".repeat(n)};`)],
  ["casts", 5_000, (n) => inside(`const long a = ${"(long)".repeat(n)}1;`)],
  ["stars", 20_000, (n) => inside(`void f([in] long ${"*".repeat(n)} a);`)],
  ["stars in parentheses", 20_000, (n) => inside(`const long a = (b ${"*".repeat(n)}) 1;`)],
  ["brackets without an end", 20_000, (n) => inside("[".repeat(n))],
  ["attributes by the thousand", 10_000, (n) => inside(`${"[in] ".repeat(n)} void f(void);`)],
  [
    "structures within each other",
    2_000,
    (n) => inside(`typedef ${"struct {".repeat(n)} long a; ${"} b;".repeat(n)}`),
  ],
  [
    "a structure of many fields",
    3_000,
    (n) => inside(`typedef struct { ${Array.from({ length: n }, (_, i) => `long f${i};`).join("")} } S;`),
  ],
  [
    "an enumeration of many members",
    5_000,
    (n) => inside(`typedef enum { ${Array.from({ length: n }, (_, i) => `e${i}`).join(",")} } E;`),
  ],
  [
    "a union of many arms",
    3_000,
    (n) =>
      inside(
        `typedef union switch (long a) u { ${Array.from({ length: n }, (_, i) => `case ${i}: long f${i};`).join("")} } U;`,
      ),
  ],
  [
    "constants that name each other",
    3_000,
    (n) =>
      inside(
        `const long a0 = 1;${Array.from({ length: n }, (_, i) => `const long a${i + 1} = a${i} + 1;\n`).join("")}`,
      ),
  ],
  [
    "types that name each other",
    2_000,
    (n) =>
      inside(`typedef long t0;${Array.from({ length: n }, (_, i) => `typedef t${i} t${i + 1};\n`).join("")}`),
  ],
  [
    "types that hold each other",
    1_000,
    (n) =>
      inside(
        `typedef long t0;${Array.from({ length: n }, (_, i) => `typedef struct { t${i} a; t${i} *b; } t${i + 1};\n`).join("")}`,
      ),
  ],
  [
    "methods by the thousand",
    2_000,
    (n) => inside(Array.from({ length: n }, (_, i) => `long m${i}([in] long a, [out] long *b);\n`).join("")),
  ],
  [
    "interfaces by the thousand",
    1_000,
    (n) =>
      Array.from(
        { length: n },
        (_, i) =>
          `[uuid(12345678-1234-abcd-ef00-${String(i).padStart(12, "0")})] interface i${i} { void m(void); }\n`,
      ).join(""),
  ],
  [
    "interfaces that inherit from each other",
    300,
    (n) =>
      range(n)
        .map((i) => {
          const uuid = `12345678-1234-abcd-ef00-${String(i).padStart(12, "0")}`;
          return `[uuid(${uuid})] interface i${i}${i === 0 ? "" : ` : i${i - 1}`} { void m${i}(void); }\n`;
        })
        .join(""),
  ],
  [
    "names that nobody declared",
    3_000,
    (n) => inside(Array.from({ length: n }, (_, i) => `long m${i}([in] T${i} a);\n`).join("")),
  ],
  ["one name declared again and again", 3_000, (n) => inside("typedef long same;\n".repeat(n))],
  ["prose", 10_000, (n) => "The quick brown fox jumps over the lazy dog.\n".repeat(n / 4)],
  ["prose in an interface", 10_000, (n) => inside("The method returns zero ( see below ).\n".repeat(n / 4))],
  ["list marks", 10_000, (n) => inside("- const long a = 1;\n- \n".repeat(n / 4))],
  ["faults by the thousand", 5_000, (n) => inside("long ) ;\n".repeat(n))],
  ["lines of nothing", 50_000, (n) => "\r\n".repeat(n)],
  ["includes and imports", 3_000, (n) => `${"#include <x.h>\n".repeat(n)}${'import "y.idl";\n'.repeat(n)}`],
];

for (const [name, n, text] of shapes) {
  test(`in the time of its characters: ${name}`, () => {
    assertLinear((size) => {
      const file = { name: "odd.idl", text: text(size) };
      return () => void readIdl([file], () => null).problems;
    }, n);
  });
}

test("IDL of more methods and imports than one call takes arguments", () => {
  const many = "void a();\n".repeat(150_000);
  const derived = "[uuid(12345678-1234-abcd-ef00-0123456789ac)] interface next : odd { void b(); }";
  const { library } = readIdl([{ name: "odd.idl", text: `${inside(many)}${derived}` }], () => null);
  assert.deepEqual(
    library.interfaces.map(({ methods }) => methods.length),
    [150_000, 150_001],
  );
  const files = [
    { name: "a.idl", text: 'import "b.idl";\n'.repeat(150_000) },
    { name: "b.idl", text: `import "a.idl"; import "c.idl";${inside("long f(T *t);")}` },
    { name: "c.idl", text: "typedef long T;" },
  ];
  assert.deepEqual(readIdl(files, () => null).problems, []);
});
