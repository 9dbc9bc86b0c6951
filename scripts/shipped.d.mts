import type { Plugin } from "esbuild";
import type { PackedTexts } from "../src/shipped/packed.js";

/** As text, for `unpack` of src/shipped/packed.ts. */
export function pack(bytes: Uint8Array | string): string;
/** All that is carried packed, for `openTexts`. */
export function packedData(): PackedTexts[];
/** Writes dist/generated/{packed,shipped}.js. */
export function writeShipped(): void;
/** Takes tables from what is packed, which the variable `outside` holds, or a module. */
export function packedTables(outside?: string | null): Plugin;
