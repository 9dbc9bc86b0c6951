/** The engine in a worker: messages in, answers out. */
import { type RowBatch, TEXT_COLUMNS } from "../view/model.js";
import type { Reply, Request } from "./messages.js";
import { NoAnswer } from "./no-answer.js";
import { Session } from "./session.js";
import { Ended } from "./turns.js";

interface WorkerScope {
  onmessage: ((event: { data: Request }) => void) | null;
  postMessage(message: Reply, transfer: Transferable[]): void;
}

const scope = self as unknown as WorkerScope;
const session = new Session();

scope.onmessage = ({ data }) => {
  if ("cancel" in data) session.cancel();
  else void answer(data);
};

async function answer(request: Exclude<Request, { cancel: true }>): Promise<void> {
  const { id } = request;
  try {
    const answer = await asked(request);
    scope.postMessage({ id, answer }, answer instanceof Uint32Array ? [answer.buffer] : []);
  } catch (error) {
    scope.postMessage({ id, failed: sentence(error) }, []);
  }
}

function asked(request: Exclude<Request, { cancel: true }>): Promise<unknown> {
  const { id } = request;
  switch (request.ask) {
    case "open":
      return session.open(...request.with, (news) => {
        scope.postMessage({ id, news }, news.rows === undefined ? [] : buffersOf(news.rows));
      });
    case "show":
      return session.show(...request.with);
    case "frame":
      return session.frame(...request.with);
    case "filter":
      return session.filter(...request.with);
    case "find":
      return session.find(...request.with, (found) => scope.postMessage({ id, found }, []));
    case "match":
      return session.match(...request.with);
    case "object":
      return session.object(...request.with);
    case "json":
      return session.json(...request.with);
  }
}

/** Arrays of a batch go over, and are not copied. */
function buffersOf(batch: RowBatch): ArrayBuffer[] {
  const { seconds, nanos, duration, stream, callId, frame, answer, digits, status, level, notes } = batch;
  const numbers = [seconds, nanos, duration, stream, callId, frame, answer, digits, status, level, notes];
  const texts = TEXT_COLUMNS.map((name) => batch[name]);
  return [...numbers, ...texts].map(({ buffer }) => buffer as ArrayBuffer);
}

/** What went wrong, for people; a fault of the program's own is named as such. */
function sentence(error: unknown): string {
  if (error instanceof NoAnswer || error instanceof Ended) return error.message;
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof RangeError
    ? `there is not enough memory for this (${text})`
    : `this failed within the program (${text})`;
}
