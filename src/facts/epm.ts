/** What calls of the endpoint mapper ask for and answer: [C706] Appendix O. */
import { ENDPOINT_MAPPER } from "../../dissectors/dcerpc/syntax-id.js";
import { towersIn } from "../../dissectors/natives/tower.js";
import { versionFault } from "../../dissectors/rai/interfaces.js";
import type { DecodedCall } from "../call/decoded-call.js";
import type { Note } from "../events.js";
import type { Fact } from "./fact.js";
import { guid, record } from "./values.js";

/** [C706] Appendix O: ept_lookup and ept_map. */
const EPT_LOOKUP = 2;
const EPT_MAP = 3;

const ANY_ADDRESS = "0.0.0.0";

export function epmFacts(decoded: DecodedCall, into: Fact[], notes: Note[]): void {
  if (decoded.identity.uuid !== ENDPOINT_MAPPER) return;
  const { opnum } = decoded.call;
  if (opnum === EPT_LOOKUP || opnum === EPT_MAP) askedFor(decoded, into, notes);
  for (const { interface: served, address, port, endpoint, protocol } of towersIn(decoded.response.found)) {
    if (served === null) continue;
    const { uuid } = served;
    if (port !== null) {
      const at = address === ANY_ADDRESS ? null : address;
      into.push({ kind: "endpoint", uuid, address: at, endpoint: port });
    } else if (protocol === "ncacn_np" && endpoint !== null) {
      into.push({ kind: "endpoint", uuid, address: null, endpoint });
    }
  }
}

function askedFor({ request }: DecodedCall, into: Fact[], notes: Note[]): void {
  const { values } = request;
  if (values === null) return;
  const uuids = [guid(values.object), guid(record(values.interface_id)?.uuid)];
  for (const { interface: asked } of towersIn(request.found)) {
    if (asked === null) continue;
    uuids.push(asked.uuid);
    // [MS-RAI] 1.7: the version that the question names.
    const fault = versionFault(asked.uuid, asked.major, asked.minor);
    if (fault !== null) notes.push({ severity: "warning", code: "rai-version", message: fault });
  }
  into.push({ kind: "endpoint-asked", uuids: uuids.filter((uuid) => uuid !== null) });
}
