/** Which conversations findings are about, so that an overview can say so and put these first. */

import type { CallRecord, DetectionRecord } from "../events.js";
import { DETECTION_LEVELS } from "../events.js";
import { Oldest } from "../oldest.js";
import type { Conversation } from "./conversation.js";
import { rankOf } from "./findings.js";
import { counted } from "./format.js";
import { firstFrame } from "./spelling.js";
import { conversationKey, tcpKey } from "./transport.js";

/** Conversations that findings are remembered of, calls through pipes, and rules of one conversation. */
const MAX_MARKED = 20_000;
const MAX_PIPED = 20_000;
const MAX_RULES = 8;

interface Mark {
  rank: number;
  titles: Map<string, { rank: number; count: number }>;
}

export class FindingMarks {
  readonly #marks = new Map<string, Mark>();
  readonly #oldest = new Oldest(this.#marks);
  /** Of calls through pipes, of which several lie on one stream: the conversation, by stream and first frame. */
  readonly #piped = new Map<string, string>();
  readonly #oldestPiped = new Oldest(this.#piped);

  call(call: CallRecord): void {
    if (call.transport.protseq !== "ncacn_np") return;
    const frame = firstFrame(call);
    if (frame === null) return;
    if (this.#piped.size >= MAX_PIPED) this.#piped.delete(this.#oldestPiped.next()!);
    this.#piped.set(`${call.stream} ${frame}`, conversationKey(call));
  }

  found(finding: DetectionRecord): void {
    const { stream, frames } = finding;
    if (stream === null) return;
    const piped = new Set(frames.flatMap((frame) => this.#piped.get(`${stream} ${frame}`) ?? []));
    for (const key of piped.size === 0 ? [tcpKey(stream)] : piped) this.#mark(key, finding);
  }

  /** How grave the gravest finding about it is; -1 where there is none. */
  rank(conversation: Conversation): number {
    return Math.max(...this.#of(conversation).map(({ rank }) => rank), -1);
  }

  /** `high: Service created (2), low: …`; null where there is none. */
  text(conversation: Conversation): string | null {
    const titles = this.#of(conversation).flatMap(({ titles: of }) => [...of]);
    if (titles.length === 0) return null;
    titles.sort(([, a], [, b]) => b.rank - a.rank);
    const shown = titles.map(
      ([title, { rank, count }]) => `${DETECTION_LEVELS[rank]}: ${title}${count === 1 ? "" : ` (${count})`}`,
    );
    const most = shown.slice(0, MAX_RULES);
    return shown.length > most.length
      ? `${most.join("; ")}; ${counted(shown.length - most.length, "other rule")}`
      : most.join("; ");
  }

  #of(conversation: Conversation): Mark[] {
    const key = conversationKey(conversation);
    const whole = tcpKey(conversation.stream);
    return [...new Set([key, whole])].flatMap((one) => this.#marks.get(one) ?? []);
  }

  #mark(key: string, finding: DetectionRecord): void {
    let mark = this.#marks.get(key);
    if (mark === undefined) {
      if (this.#marks.size >= MAX_MARKED) this.#marks.delete(this.#oldest.next()!);
      mark = { rank: -1, titles: new Map() };
      this.#marks.set(key, mark);
    }
    const rank = rankOf(finding);
    mark.rank = Math.max(mark.rank, rank);
    const { title } = finding.rule;
    const known = mark.titles.get(title);
    if (known !== undefined) known.count++;
    else if (mark.titles.size < MAX_RULES) mark.titles.set(title, { rank, count: 1 });
  }
}
