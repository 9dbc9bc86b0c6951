/** Unpacks what stands in a report as base64 of gzip. */

export async function unpacked(packed: string): Promise<Uint8Array<ArrayBuffer>> {
  const characters = atob(packed);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < characters.length; at++) bytes[at] = characters.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function unpackedText(packed: string): Promise<string> {
  return new TextDecoder().decode(await unpacked(packed));
}
