import type { BuildOptions } from "esbuild";

/** Bundles one entry for a browser and returns its text. Rejects where it needs anything of Node's. */
export function browserBundle(options: BuildOptions): Promise<string>;
/** The engine as the package ships it. */
export function engineBundle(options?: BuildOptions): Promise<string>;
export const BROWSER: BuildOptions;
