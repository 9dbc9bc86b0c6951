import type { Plugin } from "esbuild";

/** As text, for `unpack` of src/shipped/packed.ts. */
export function pack(bytes: Uint8Array | string): string;
/** All that is carried packed, by kind and name. */
export function packedData(): { [kind: string]: { [name: string]: string } };
/** Writes dist/generated/{packed,shipped}.js. */
export function writeShipped(): void;
/** Takes tables from what is packed, which the variable `outside` holds, or a module. */
export function packedTables(outside?: string | null): Plugin;
