/**
 * What a small capture of DCOM over TCP does not need: `npm run build` (program.mjs) puts each of these with what only it imports
 * into a chunk of its own, which the program loads when one of the exports is first used. The sources import them as
 * anything else, so nothing differs for the library, the browser and the tests. A module is fit for this list where few
 * import it, and none uses it while it is loaded itself or for each frame.
 */

/** Modules of the project. */
export const LATE = [
  "dissectors/idl/parser.ts",
  "dissectors/readable/readers.ts",
  "dissectors/wire/generated/status-data.ts",
  "src/capture/node/gzip.ts",
  "src/capture/time-window.ts",
  "src/capture/zstd.ts",
  "src/detect/sources/zeek.ts",
  "src/filter/networks.ts",
  "src/filter/patterns.ts",
  "src/offers/report/offer-record.ts",
  "src/protocols/kdc.ts",
  "src/protocols/observer.ts",
  "src/protocols/smb/smb-stream.ts",
  "src/protocols/tokens.ts",
  "src/reassembly/ledger.ts",
  "src/rpc/security/handshake.ts",
];

/** Modules of Node's and libraries. */
export const LATE_PACKAGES = ["node:child_process", "node:crypto", "node:zlib", "fzstd", "ipaddr.js"];
