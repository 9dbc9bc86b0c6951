/** [MS-DCOM] 2.2.13: ORPCTHIS and ORPCTHAT as the record shows them. */
import type { OrpcExtension, OrpcThat, OrpcThis } from "../../dissectors/dcom/orpc.js";
import { hex } from "../../dissectors/wire/guid.js";
import type { OrpcExtensionRecord, OrpcRecord } from "../events.js";

export function orpcRecord(request: OrpcThis | null, response: OrpcThat | null): OrpcRecord | null {
  if (!request && !response) return null;
  return {
    version: request ? `${request.version.major}.${request.version.minor}` : null,
    request_flags: request?.flags ?? null,
    request_extensions: extensions(request),
    response_flags: response?.flags ?? null,
    response_extensions: extensions(response),
  };
}

const NO_EXTENSIONS: OrpcExtensionRecord[] = [];

function extensions(of: OrpcThis | OrpcThat | null): OrpcExtensionRecord[] {
  const list = of?.extensions ?? null;
  return list === null || list.length === 0 ? NO_EXTENSIONS : list.map(extensionRecord);
}

function extensionRecord(e: OrpcExtension): OrpcExtensionRecord {
  const error = e.errorInfo;
  return {
    id: e.id,
    name: e.name,
    data: hex(e.data),
    error: error && {
      source: error.source,
      description: error.description,
      help_file: error.helpFile,
      help_context: error.helpContext,
      iid: error.iid,
    },
  };
}
