import type { BuildOptions } from "esbuild";

/**
 * Bundles one entry for a browser and returns its text. Rejects where it needs anything of Node's. `packed` names the variable
 * that holds what is packed, where the text is not to bring it.
 */
export function browserBundle(options: BuildOptions & { packed?: string | null }): Promise<string>;
/** The engine as the package ships it. */
export function engineBundle(options?: BuildOptions): Promise<string>;
export const BROWSER: BuildOptions;
