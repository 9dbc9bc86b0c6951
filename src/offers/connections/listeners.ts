/** The listeners of a connection string: [MS-RAI] 2.2.1, 2.2.2. */
import type { ConnectionString } from "../../events.js";

export interface Listener {
  host: string;
  port: number;
}

/** [MS-RAI] 2.2.1: XP's listener where the string leaves the port out. */
export const RDP_PORT = 3389;

/** Host and port of every listener that TCP can connect to. */
export function listenersOf(string: ConnectionString | null): Listener[] {
  if (string === null || string.form === null) return [];
  if (string.form === 1) {
    return string.machine_addresses.map(({ host, port }) => ({ host, port: port ?? RDP_PORT }));
  }
  const found: Listener[] = [];
  for (const { name, port, uri } of string.transports.flatMap((t) => t.listeners)) {
    const at = uri === null ? null : uriEndpoint(uri);
    if (at !== null) found.push(at);
    // The name is still the machine's where the URI's own host is another spelling of it.
    const by = at?.port ?? port;
    if (name !== null && by !== null && !found.some((l) => l.host === name && l.port === by)) {
      found.push({ host: name, port: by });
    }
  }
  return found;
}

function uriEndpoint(uri: string): Listener | null {
  const match =
    /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d{1,5}))?(?=[/?#]|$)/i.exec(uri);
  if (match === null || match[2] === "") return null;
  const scheme = match[1]!.toLowerCase();
  const usual =
    scheme === "wss" || scheme === "https" ? 443 : scheme === "ws" || scheme === "http" ? 80 : null;
  const port = match[3] === undefined ? usual : Number(match[3]);
  return port === null ? null : { host: match[2]!, port };
}
