// Joins the engine with all it needs into one file for everything that is not Node, and refuses what only Node has: a
// `node:` import that is left does not resolve, and a reference to one of Node's globals is found in what comes out.
// Run by itself it only checks.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { packedTables, writeShipped } from "./shipped.mjs";
import { slim, slimForPage } from "./slim.mjs";

/** Globals of Node that no browser has. */
const NODE_GLOBALS = [
  "Buffer",
  "process",
  "global",
  "setImmediate",
  "clearImmediate",
  "__dirname",
  "__filename",
];
const MARK = "__only_in_node__";
/** What asks first whether there is such a thing may go on to use it. */
const GUARDED = new RegExp(`typeof ${MARK}(\\w+) *(?:<|!==?) *"u(?:ndefined)?" *&& *${MARK}\\1\\b`, "g");

/** What pcap-parser takes from Node; of `fs` nothing is called, since it is given no file name. */
const PCAP_PARSER_NEEDS = {
  events: `exports.EventEmitter = function () {};
    exports.EventEmitter.prototype.on = function (event, listener) {
      this.listeners ??= {};
      (this.listeners[event] ??= []).push(listener);
      return this;
    };
    exports.EventEmitter.prototype.emit = function (event, value) {
      for (const listener of this.listeners?.[event] ?? []) listener.call(this, value);
    };`,
  util: `exports.inherits = (own, base) => Object.setPrototypeOf(own.prototype, base.prototype);
    exports.format = (text, ...values) => values.reduce((told, value) => told.replace(/%[sd]/, value), text);`,
  fs: "",
};

const pcapParser = {
  name: "pcap-parser",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^(events|util|fs)$/ }, ({ path, importer }) =>
      /[\\/]pcap-parser[\\/]/.test(importer) ? { path, namespace: "pcap-parser-needs" } : undefined,
    );
    // It joins buffers where it is given one after another, which is never.
    onLoad({ filter: /[\\/]pcap-parser\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace("new Buffer(", "new Uint8Array("),
    }));
    onLoad({ filter: /.*/, namespace: "pcap-parser-needs" }, ({ path }) => ({
      contents: PCAP_PARSER_NEEDS[path],
    }));
  },
};

/** What a page or a worker that holds the engine is bundled with. */
export const BROWSER = {
  bundle: true,
  splitting: false,
  format: "esm",
  platform: "browser",
  target: "es2022",
  plugins: [pcapParser, slim],
  // Leaves out what asks in vain for something of Node's.
  minifySyntax: true,
  define: {
    ...Object.fromEntries(NODE_GLOBALS.map((name) => [name, `${MARK}${name}`])),
    // In pcap-parser, which does not need to wait.
    "process.nextTick": "queueMicrotask",
  },
  legalComments: "inline",
  logLevel: "silent",
};

/**
 * Bundles one entry for a browser and returns its text. Throws where it needs anything of Node's. `packed` names the variable
 * that holds what is packed (shipped.mjs), where the text is not to bring it.
 */
export async function browserBundle({ packed = null, ...options }) {
  const plugins = [pcapParser, packed === null ? slim : slimForPage, packedTables(packed)];
  const { outputFiles } = await build({ ...BROWSER, plugins, ...options, write: false });
  const text = outputFiles[0].text.replace(GUARDED, (guarded) => guarded.replaceAll(MARK, ""));
  const found = new Set([...text.matchAll(new RegExp(`\\b${MARK}(\\w+)`, "g"))].map(([, name]) => name));
  if (/\bDynamic require of\b/.test(text)) found.add("require");
  if (found.size > 0) {
    const places = [...text.matchAll(new RegExp(`.{0,60}(?:${MARK}|Dynamic require of).{0,60}`, "g"))];
    throw new Error(`only Node has ${[...found].join(", ")}:\n${places.slice(0, 5).join("\n")}`);
  }
  return text;
}

/** The engine as the package ships it. */
export function engineBundle(options = {}) {
  return browserBundle({
    entryPoints: ["src/engine.ts"],
    minifyWhitespace: true,
    minifySyntax: true,
    ...options,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeShipped();
  const text = await engineBundle();
  console.log(`the engine needs nothing of Node's: ${Math.round(text.length / 1000)} kB for a browser`);
}
