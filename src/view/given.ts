/** What `raiscope view` gives the page to open at once, as JSON. Bytes are in base64. */
import type { Opening } from "./model.js";

export interface Given {
  inputs: readonly GivenInput[];
  idl?: Opening["idl"];
  /** Where passwords and keys are, which no file holds. */
  keys?: string;
  /** Where the page tells from time to time that it is there, and that it leaves: `alive/ID`, `gone/ID`. */
  alive?: string;
  gone?: string;
}

/** A file: gzipped within the page, or where the server that gave out the page has it. */
export type GivenInput = { name: string; gzipped: string } | { name: string; url: string };

/** What is behind `keys`. */
export interface GivenKeys extends Pick<Opening, "passwords" | "ntHashes" | "sessionKeys" | "secrets"> {
  keytabs?: readonly { name: string; bytes: string }[];
}
