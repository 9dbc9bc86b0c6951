/**
 * Names of shares and pipes as SMB spells them, [MS-SMB2] 2.2.9 and 2.2.13, [MS-CIFS] 2.2.4.55 and 2.2.4.64.
 *
 * Not handled: the server's name in front of a share, and paths of DFS.
 */

/** The share of a path `\\server\share`. */
export function shareOf(path: string): string {
  return path.slice(path.lastIndexOf("\\") + 1);
}

/** `\lsarpc`, `\PIPE\lsarpc` and `lsarpc` are the same pipe. */
export function pipeOf(name: string): string {
  const bare = name.startsWith("\\") ? name.slice(1) : name;
  return /^pipe\\/i.test(bare) ? bare.slice(5) : bare;
}
