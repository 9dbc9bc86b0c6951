/** Data that files for a browser carry compressed (scripts/shipped.mjs), and which is opened when it is first asked for. */
import { readLzma } from "./lzma.js";

/** Bytes from base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** What `pack` of scripts/shipped.mjs made of bytes. */
export function unpack(packed: string): Uint8Array {
  return readLzma(bytesOf(packed));
}

export function unpackText(packed: string): string {
  return new TextDecoder().decode(unpack(packed));
}

/** Texts that were packed together, which is smaller than each by itself. */
export interface PackedTexts {
  names: readonly string[];
  packed: string;
}

/** What parts them. */
const BETWEEN = "\0";

/**
 * Texts by name; those of one group are opened together, when one of them is first asked for. What the first group holds stands
 * before all others as they were packed.
 */
export function openTexts(groups: readonly PackedTexts[]): (name: string) => string {
  const opened = new Map<string, string>();
  let first: Uint8Array | undefined;
  const content = (group: PackedTexts): Uint8Array => {
    first ??= unpack(groups[0]!.packed);
    return group === groups[0] ? first : readLzma(bytesOf(group.packed), first);
  };
  return (name) => {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const group = groups.find(({ names }) => names.includes(name));
    if (group === undefined) throw new Error(`nothing is packed under the name ${name}`);
    const texts = new TextDecoder().decode(content(group)).split(BETWEEN);
    for (const [index, text] of texts.entries()) opened.set(group.names[index]!, text);
    return opened.get(name)!;
  };
}
