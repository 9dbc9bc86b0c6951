/** A `.lzma` file of bytes. */
export function writeLzma(data: Uint8Array): Buffer;
