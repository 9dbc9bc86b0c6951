/** Ports that Zeek takes for a server's where it cannot be seen who began: those that its protocols are known by. */

const BOTH = [20_000, 53];
const TCP: ReadonlySet<number> = new Set([
  ...BOTH,
  ...[135, 79, 21, 2811, 143, 6666, 6667, 6668, 6669, 88, 389, 3268, 502, 1883, 1434, 3306, 5432, 3389, 6379],
  ...[139, 445, 25, 587, 1080, 22, 514, 5222, 5269],
  ...[80, 81, 631, 3128, 8000, 8080, 8888],
  ...[443, 563, 585, 614, 636, 989, 990, 992, 993, 995, 5223],
]);
const UDP: ReadonlySet<number> = new Set([
  ...BOTH,
  ...[
    5072, 6081, 4754, 2152, 2123, 3544, 4789, 67, 4011, 137, 5353, 5355, 88, 389, 123, 443, 1812, 3389, 5060,
  ],
  ...[161, 162, 514],
]);

export function isLikelyServer(transport: "tcp" | "udp", port: number): boolean {
  return (transport === "tcp" ? TCP : UDP).has(port);
}
