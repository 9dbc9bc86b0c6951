/** For esbuild: what libraries and tables bring that a page does not need, or that a browser has itself. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/**
 * Which characters a class of Unicode holds, `\p{Lu}`, every browser knows: the tables of re2js are made when a pattern asks for
 * one. (Tables of letters that differ in case alone stay.) A class that the browser does not know is empty.
 */
const CLASSES = `
const classOf = (name) => {
  let pattern;
  try {
    pattern = new RegExp("^\\\\p{" + name + "}$", "u");
  } catch {
    return new Uint32Array(0);
  }
  const ranges = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    if (!pattern.test(String.fromCodePoint(code))) continue;
    const last = ranges.length - 2;
    if (last >= 0 && ranges[last] === code - 1) ranges[last] = code;
    else ranges.push(code, code, 1);
  }
  return Uint32Array.from(ranges);
};
`;

/** Sources by the end of their path, and what becomes of them. */
const SLIMMED = [
  [
    "re2js/build/index.js",
    (text) => {
      const [before, categories, scripts, after] = parted(text, [
        "static CATEGORIES = ",
        "static SCRIPTS = ",
        "static FOLD_CATEGORIES = ",
      ]);
      const asked = (part, prefix) =>
        part.replace(
          /(\w+): \(\) => new UnicodeRangeTable\(decodeRanges\("[^"]*", \w+\)\)/g,
          (_, name) => `${name}: () => new UnicodeRangeTable(classOf("${prefix}${name}"))`,
        );
      return CLASSES + before + asked(categories, "") + asked(scripts, "Script=") + after;
    },
  ],
  // What fields mean is said by -G fields alone.
  ["src/fields/generated/field-table.ts", (text) => text.replace(/^(.*?(?:\t.*?){3})\t.*?(?=`;|$)/gm, "$1")],
  // It asks whether bytes are a Buffer.
  ["cel-js/lib/functions.js", withoutBuffer],
  ["cel-js/lib/registry.js", withoutBuffer],
];

function withoutBuffer(text) {
  return text.replace(/\btypeof Buffer\b/g, '"undefined"');
}

/**
 * Of the page alone, which knows the shipped rules and no others: these are for what raiscope itself says, never for Zeek's
 * logs; and what they say to who reads them as files is shown nowhere.
 */
const SLIMMED_FOR_PAGE = [
  ["src/output/zeek/names-data.ts", (text) => text.replace(/`[^`]*`/g, "``")],
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
  if (places.some((place, i) => place < (places[i - 1] ?? 0))) throw new Error(`re2js is not as it was`);
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
