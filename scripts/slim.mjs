/** For esbuild: what libraries and tables bring that a page does not need, or that a browser has itself. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/**
 * Which characters a class of Unicode holds, `\p{Lu}`, and which differ in case alone, every browser knows: the tables of re2js are
 * made when a pattern asks for one. A class that the browser does not know is empty.
 *
 * What differs in case alone is what a pattern that ignores case matches; candidates are a character's capital and small letter,
 * and those whose capital is the same text of several characters. Each leads to the next of its kind, the last to the first.
 */
const CLASSES = `
const rangesOf = (holds) => {
  const ranges = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    if (!holds(code)) continue;
    const last = ranges.length - 2;
    if (last >= 0 && ranges[last] === code - 1) ranges[last] = code;
    else ranges.push(code, code, 1);
  }
  return Uint32Array.from(ranges);
};
const classOf = (inside) => {
  let pattern;
  try {
    pattern = new RegExp("^[" + inside + "]$", "u");
  } catch {
    return new Uint32Array(0);
  }
  return rangesOf((code) => pattern.test(String.fromCodePoint(code)));
};
const orbits = () => {
  const groups = new Map();
  const join = (code, other) => {
    const [group, more] = [groups.get(code) ?? [code], groups.get(other) ?? [other]];
    if (group === more) return;
    group.push(...more);
    for (const member of group) groups.set(member, group);
  };
  const capitals = new Map();
  for (let code = 0; code <= Unicode.MAX_FOLD; code++) {
    const text = String.fromCodePoint(code);
    const [small, capital] = [text.toLowerCase(), text.toUpperCase()];
    if (small === text && capital === text) continue;
    const like = new RegExp("^\\\\u{" + code.toString(16) + "}$", "iu");
    for (const other of [small, capital, capitals.get(capital) ?? text]) {
      if (other !== text && like.test(other)) join(code, other.codePointAt(0));
    }
    capitals.set(capital, text);
  }
  const next = new Map();
  for (const group of new Set(groups.values())) {
    group.sort((a, b) => a - b);
    group.forEach((code, i) => next.set(code, group[(i + 1) % group.length]));
  }
  return next;
};
const foldOf = (table) => {
  const inside = (code) => Unicode.is(table, code);
  return rangesOf((code) => {
    if (!UnicodeTables.CASE_ORBIT.has(code) || inside(code)) return false;
    let other = Unicode.simpleFold(code);
    while (other !== code && !inside(other)) other = Unicode.simpleFold(other);
    return other !== code;
  });
};
`;

/**
 * Of cel-js the parser alone: src/filter makes functions of its trees itself, and neither evaluates nor checks types by it. The
 * parser asks for macros, which say what is wrong with their arguments.
 */
const CEL_PARSER = `
import { createOptions } from "./options.js";
import { Parser } from "./parser.js";
import { registerMacros } from "./macros.js";
export { ParseError } from "./errors.js";

const macros = new Map();
const keyOf = (name, receiver, count) => name + " " + receiver + " " + count;
const nothing = () => {};
registerMacros({
  registerType: nothing,
  registerConstant: nothing,
  registerFunctionOverload(signature, handler) {
    const [, of, name, parameters] = /^(\\w+\\.)?(\\w+)\\((.*)\\)/.exec(signature);
    macros.set(keyOf(name, of !== undefined, parameters.split(",").length), { handler });
  },
});
const registry = {
  enableOptionalTypes: false,
  findMacro: (name, receiver, count) => macros.get(keyOf(name, receiver, count)),
};

export class Environment {
  #parser;
  constructor(options) {
    this.#parser = new Parser(createOptions(options).limits, registry);
  }
  parse(expression) {
    return { ast: this.#parser.parse(expression) };
  }
}
`;

/** Sources by the end of their path, and what becomes of them. */
const SLIMMED = [
  [
    "re2js/build/index.js",
    (text) => {
      const [before, categories, scripts, folded, foldedScripts, after] = parted(text, [
        "static CATEGORIES = ",
        "static SCRIPTS = ",
        "static FOLD_CATEGORIES = ",
        "static FOLD_SCRIPT = ",
        "// src/Unicode.js",
      ]);
      const asked = (part, made) =>
        part.replace(
          /(\w+): \(\) => new UnicodeRangeTable\(decodeRanges\("[^"]*", \w+\)\)/g,
          (_, name) => `${name}: () => new UnicodeRangeTable(${made(name)})`,
        );
      return [
        CLASSES,
        before
          .replace(/decodeRanges\("[^"]*", \w+\)/, String.raw`classOf("\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}")`)
          .replace(/decodeOrbit\("[^"]*"\)/, "orbits()"),
        asked(categories, (name) => String.raw`classOf("\\p{${name}}")`),
        asked(scripts, (name) => String.raw`classOf("\\p{Script=${name}}")`),
        asked(folded, (name) => `foldOf(UnicodeTables.CATEGORIES.get("${name}"))`),
        asked(foldedScripts, (name) => `foldOf(UnicodeTables.SCRIPTS.get("${name}"))`),
        after,
      ].join("");
    },
  ],
  // What fields mean is said by -G fields alone.
  ["src/fields/generated/field-table.ts", (text) => text.replace(/^(.*?(?:\t.*?){3})\t.*?(?=`;|$)/gm, "$1")],
  ["cel-js/lib/index.js", () => CEL_PARSER],
  // Of operators a tree has the names.
  [
    "cel-js/lib/operators.js",
    (text) => {
      const table = parted(text, ["export const OPERATORS = "])[1];
      const named = [...table.matchAll(/^ {2}(?:'([^']+)'|(\w+)): \{(?:\s*alias: '(\w+)')?/gm)];
      const binary = /binaryOperators = \[(.*)\]/.exec(table)[1].matchAll(/'([^']+)'/g);
      const rows = [...named.map(([, quoted, plain, alias]) => [quoted ?? plain, alias]), ...binary];
      const entries = rows.flatMap(([first, second], i) => {
        const [name, alias] = i < named.length ? [first, second] : [second];
        return [name, alias].filter((key) => key !== undefined).map((key) => [key, { name }]);
      });
      return `export const OPERATORS = ${JSON.stringify(Object.fromEntries(entries))};`;
    },
  ],
  // Of types the parser makes one itself, and it evaluates nothing.
  [
    "cel-js/lib/functions.js",
    (
      text,
    ) => `import { evaluationError } from "./errors.js"; import { MIN_UINT, MAX_UINT } from "./globals.js";
      ${/^export class UnsignedInt \{.*?^\}/ms.exec(text)[0]}`,
  ],
];

/**
 * Of the page alone, which knows the shipped rules and no others: these are for what raiscope itself says, never for Zeek's
 * logs; and what they say to who reads them as files is shown nowhere.
 */
const SLIMMED_FOR_PAGE = [
  [
    "src/detect/sources/zeek.ts",
    () => `export const ZEEK_LOGS = {};
      export const needsObservations = () => false;
      export const ZeekSource = null;`,
  ],
  [
    "src/detect/generated/rules.ts",
    (text) => {
      if (/"product":"(?!raiscope")/.test(text)) throw new Error("a shipped rule is for logs of others");
      return text.replace(/^ {2}(\{.*\}),?$/gm, (_, json) => {
        const unread = { description: null, author: null, date: null, modified: null, references: [] };
        return `  ${JSON.stringify({ ...JSON.parse(json), ...unread })},`;
      });
    },
  ],
];

/** A text at the places where marks begin. */
function parted(text, marks) {
  const places = marks.map((mark) => text.indexOf(mark));
  if (places.some((place, i) => place < (places[i - 1] ?? 0))) throw new Error("a library is not as it was");
  return [0, ...places].map((place, i) => text.slice(place, places[i]));
}

const slimmed = (table) => ({
  name: "slim",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^xxhash-wasm$/ }, () => ({ path: resolve("src/capture/xxh64.ts") }));
    onLoad({ filter: /[\\/](?:re2js|cel-js|fields|zeek|detect)[\\/]/ }, ({ path }) => {
      const found = table.find(([end]) => path.replaceAll("\\", "/").endsWith(`/${end}`));
      if (found === undefined) return undefined;
      const loader = path.endsWith(".ts") ? "ts" : "js";
      return { contents: found[1](readFileSync(path, "utf8")), loader };
    });
  },
});

export const slim = slimmed(SLIMMED);
export const slimForPage = slimmed([...SLIMMED, ...SLIMMED_FOR_PAGE]);
