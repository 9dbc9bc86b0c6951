/** Bytes from the notations that specifications use. */

/** Plain hex with any white space. */
export function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
}

/** Lines such as `0000010: 38 00 ...`; what is after the bytes must have been cut off. */
export function dump(text: string): Uint8Array {
  return unhex(
    text
      .trim()
      .split("\n")
      .map((line) => line.replace(/^\s*[0-9a-fA-F]+:/, ""))
      .join(""),
  );
}
