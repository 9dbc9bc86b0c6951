/**
 * Bytes written down by hand for tests, in a form that serves both byte orders: `5/4` is the integer 5 in 4 bytes,
 * `_3` three bytes of padding, `'AB'` text in bytes, `"AB"` text in 16-bit units, `#0a0b` bytes as they are. `<5/4`
 * and `<"AB"` are little-endian in either order.
 */
export function parseBytes(text: string, littleEndian: boolean): Uint8Array {
  const out: number[] = [];
  for (const all of text.match(/'[^']*'|<?"[^"]*"|\S+/g) ?? []) {
    const little = littleEndian || all.startsWith("<");
    const token = all.startsWith("<") ? all.slice(1) : all;
    if (token.startsWith("_")) {
      for (let i = 0; i < Number(token.slice(1)); i++) out.push(0xcc);
    } else if (token.startsWith("'")) {
      for (const c of token.slice(1, -1)) out.push(c.charCodeAt(0));
    } else if (token.startsWith('"')) {
      for (const c of token.slice(1, -1)) integer(out, BigInt(c.charCodeAt(0)), 2, little);
    } else if (token.startsWith("#")) {
      out.push(...Buffer.from(token.slice(1), "hex"));
    } else {
      const [value, size] = token.split("/");
      integer(out, BigInt(value!), Number(size), little);
    }
  }
  return Uint8Array.from(out);
}

function integer(out: number[], value: bigint, size: number, littleEndian: boolean): void {
  const bytes: number[] = [];
  for (let i = 0; i < size; i++)
    bytes.push(Number((BigInt.asUintN(size * 8, value) >> BigInt(8 * i)) & 0xffn));
  out.push(...(littleEndian ? bytes : bytes.reverse()));
}
