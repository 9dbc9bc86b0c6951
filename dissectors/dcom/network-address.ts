/** [MS-DCOM] 2.2.19.3: aNetworkAddr of a string binding, `HOST` or `HOST[ENDPOINT]`. */

export interface NetworkAddress {
  /** A name, an IPv4 or an IPv6 address, as written. */
  host: string;
  /** What the brackets hold, or null where there are none. */
  endpoint: string | null;
  /** The endpoint as a port number of TCP or UDP, or null where it is none. */
  port: number | null;
}

/** Takes an address apart at its last brackets: none can stand in an endpoint. */
export function readNetworkAddress(address: string): NetworkAddress {
  const open = address.endsWith("]") ? address.lastIndexOf("[") : -1;
  if (open < 0) return { host: address, endpoint: null, port: null };
  const endpoint = address.slice(open + 1, -1);
  return {
    host: address.slice(0, open),
    endpoint,
    port: /^\d{1,5}$/.test(endpoint) ? Number(endpoint) : null,
  };
}
