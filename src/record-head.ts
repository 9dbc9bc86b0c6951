/** The keys that every record begins with, for records of which there are few: spreading them into a literal is slow. */
import { SCHEMA } from "./events.js";

export interface RecordHead<Kind extends string, Ts, Stream> {
  type: Kind;
  schema: typeof SCHEMA;
  id: string | null;
  revision: number;
  provisional: boolean;
  ts: Ts;
  stream: Stream;
  file: string | null;
  community_id: string | null;
}

/** The head of a record of kind `type`, at `ts` in conversation `stream` of the input `file`. */
export function recordHead<Kind extends string, Ts extends string | null, Stream extends number | null>(
  type: Kind,
  ts: Ts,
  stream: Stream,
  file: string | null,
  id: string | null = null,
  communityId: string | null = null,
): RecordHead<Kind, Ts, Stream> {
  return {
    type,
    schema: SCHEMA,
    id,
    revision: 1,
    provisional: false,
    ts,
    stream,
    file,
    community_id: communityId,
  };
}
