/** Where to find the same call with other tools. No DOM in here. */
import type { CallRecord } from "../events.js";

/** Requests, responses and faults: a bind has the number of a call as well. */
const OF_CALLS = "dcerpc.pkt_type in {0, 2, 3}";

/** A display filter of Wireshark's that shows the PDUs of a call. */
export function wiresharkFilter(call: CallRecord): string {
  if (call.transport.protseq === "ncadg_ip_udp") {
    const activity = call.activity === null ? "" : ` && dcerpc.dg_act_id == ${call.activity}`;
    return `udp.stream == ${call.stream} && dcerpc.dg_seqnum == ${call.call_id}${activity} && ${OF_CALLS}`;
  }
  return `tcp.stream == ${call.stream} && dcerpc.cn_call_id == ${call.call_id} && ${OF_CALLS}`;
}

/** The frames of a call; of those in another file than the first, that file's. */
export function frameFilter({ frames, places }: CallRecord): string {
  const place = places?.[0] ?? frames;
  const all = [...new Set([...place.request, ...place.response])];
  if (all.length === 1) return `frame.number == ${all[0]}`;
  return `frame.number in {${runs(all).join(", ")}}`;
}

/** `78, 80..83`. */
function runs(frames: readonly number[]): string[] {
  const sorted = [...frames].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    let end = at;
    while (end + 1 < sorted.length && sorted[end + 1] === sorted[end]! + 1) end++;
    parts.push(end === at ? `${sorted[at]}` : `${sorted[at]}..${sorted[end]}`);
    at = end + 1;
  }
  return parts;
}

/** A command that shows the call: by its conversation where the capture is one file, by its frames where it is several. */
export function tsharkCommand(call: CallRecord, file: string): string {
  const filter = call.places === null ? wiresharkFilter(call) : frameFilter(call);
  return `tshark -r ${shellQuoted(call.places?.[0]?.file ?? file)} -Y ${shellQuoted(filter)} -V`;
}

/** As one word of a shell, whatever it holds. A name that begins with a hyphen is no option. */
export function shellQuoted(text: string): string {
  const name = text.startsWith("-") ? `./${text}` : text;
  return /^[A-Za-z0-9_./:-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
