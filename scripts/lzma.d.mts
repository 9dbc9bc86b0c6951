/** A `.lzma` file of bytes, for who has those `before`. */
export function writeLzma(data: Uint8Array, before?: Uint8Array): Buffer;
