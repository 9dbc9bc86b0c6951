/** Data that files for a browser carry compressed (scripts/shipped.mjs), and which is opened when it is first asked for. */
import { inflateSync } from "fflate";

/** What `pack` of scripts/shipped.mjs made of bytes. */
export function unpack(packed: string): Uint8Array {
  const text = atob(packed);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return inflateSync(bytes);
}

export function unpackText(packed: string): string {
  return new TextDecoder().decode(unpack(packed));
}
