/**
 * The view for people: findings above everything, then offers, each with its calls in order over all its connections; then the other
 * conversations in order of time, one line each unless their calls were asked for; then notes and counters.
 *
 * Offers are known last and shown first, so an offline run holds what an offer may need: the calls of Remote
 * Assistance and of the DCOM infrastructure around it. What is held has a limit. When it is reached, and always on a live
 * source, calls are printed as they come and offers when they are complete.
 */

import type {
  AssociationRecord,
  CallRecord,
  DetectionRecord,
  Event,
  NoteRecord,
  OfferRecord,
  SummaryRecord,
} from "../events.js";
import { infrastructure } from "../facts/infrastructure.js";
import { Oldest } from "../oldest.js";
import { callBlock, noteLines } from "./call-block.js";
import { CallsByName, nameOf, namesIn } from "./calls-by-name.js";
import {
  CONVERSATION_WEIGHT,
  type Conversation,
  countCall,
  countHidden,
  newConversation,
  weight,
  weightOfAssociation,
  weightOfOffer,
} from "./conversation.js";
import { conversationLine, conversationText } from "./conversation-line.js";
import { conversationsBlock } from "./conversations-block.js";
import { FindingMarks } from "./finding-marks.js";
import { FindingBook, FindingList, findingNews } from "./findings.js";
import { counted, grouped, withoutRpc } from "./format.js";
import { ladderBlock, offerRails } from "./ladder.js";
import { Lines } from "./lines.js";
import { evidenceLines, offerBlock, offerString, offerUpdate } from "./offer-block.js";
import type { Paint } from "./paint.js";
import { PendingNotes } from "./pending-notes.js";
import type { Layout, Printer } from "./printer.js";
import { isRaiCall } from "./rai.js";
import { Sealed } from "./sealed.js";
import type { Spelling } from "./spelling.js";
import { allRead, countedShown, emptyCapture, findingsSum, summaryLines } from "./summary.js";
import { conversationKey } from "./transport.js";
import type { NameOf } from "./values.js";

/** Estimated bytes of calls that are held back for the offers. */
const HELD_BYTES = 24 * 1024 * 1024;
/** Above the paragraph of findings. */
const FINDINGS = "Findings";
/** Conversations that are remembered; the oldest is forgotten for a new one once its line is printed. */
const HELD_CONVERSATIONS = 20_000;

/** Offers that go on whose numbers are remembered. */
const TOLD_OFFERS = 1_000;

/** Calls remembered for ladders where nothing is held back. */
const RECENT_CALLS = 2_000;

export interface TranscriptOptions extends Layout {
  paint: Paint;
  /** Show every call, not only those of Remote Assistance and its offers. */
  allCalls: boolean;
  /** A sequence ladder for each offer in place of its list of calls. */
  ladder: boolean;
  /** The source never ends: print as it comes. */
  live: boolean;
  /** Values uncut, every call of a conversation's line by name. */
  full?: boolean | undefined;
  /** Only the heads of offers, and no calls. */
  brief?: boolean | undefined;
  /** Findings, and nothing else. */
  findingsOnly?: boolean | undefined;
  heldBytes?: number;
  /** Names of interfaces and classes, to be shown behind their UUIDs. */
  names?: NameOf;
  spelling?: Spelling;
}

export function transcriptPrinter(options: TranscriptOptions): Printer {
  if (options.findingsOnly === true) return findingsPrinter(options);
  const transcript = new Transcript(options);
  return {
    push: (event) => transcript.push(event),
    hidden: (event) => transcript.hidden(event),
    finish: () => transcript.finish(),
  };
}

/** Findings alone, and how many there are. */
function findingsPrinter(options: TranscriptOptions): Printer {
  const lines = new Lines(options.columns, options.paint, options.cut, options.spelling);
  const list = new FindingList(options.live);
  let summary: SummaryRecord | null = null;
  return {
    push(event) {
      if (event.type === "detection") list.add(lines, event);
      else if (event.type === "summary") summary = event;
      return lines.take();
    },
    finish() {
      list.finish(lines);
      if (summary !== null) lines.paragraph(0, findingsSum(summary), "dim", 2);
      return lines.take();
    },
  };
}

class Transcript {
  readonly #options: TranscriptOptions;
  readonly #lines: Lines;
  readonly #names: NameOf;
  readonly #conversations = new Map<string, Conversation>();
  /** Conversations nothing of which was shown so far: their calls are counted, in case something is. */
  readonly #hidden = new Map<string, Conversation>();
  readonly #oldestHidden = new Oldest(this.#hidden);
  /** Conversations without calls that are held: they can go for others. */
  readonly #bare = new Set<string>();
  readonly #oldestBare = new Oldest(this.#bare);
  readonly #offers: OfferRecord[] = [];
  readonly #notes: PendingNotes;
  readonly #findings: FindingBook;
  /** Which conversations findings are about. */
  readonly #marks = new FindingMarks();
  /** What would decrypt the rest. */
  readonly #sealed = new Sealed();
  /** The calls that are held back, while they are printed. */
  readonly #byName = new CallsByName();
  #summary: SummaryRecord | null = null;
  /** Estimated bytes of the calls and offers that are held back, of the conversations, and of the calls for ladders. */
  #held = 0;
  #open = 0;
  #kept = 0;
  readonly #limit: number;
  /** Only for ladders while calls are printed as they come. */
  readonly #recent: CallRecord[] = [];
  #offerCount = 0;
  /** Offers that are shown as they come and go on: their numbers, and the evidence and notes that were shown. */
  readonly #told = new Map<string, { number: number; shown: ReadonlySet<string> }>();
  readonly #oldestTold = new Oldest(this.#told);
  #streaming: boolean;
  /** All conversations that were met, those of which nothing is shown as well. */
  #met = 0;
  #date = "";
  #printedAny = false;

  constructor(options: TranscriptOptions) {
    this.#options = options;
    this.#lines = new Lines(options.columns, options.paint, options.cut, options.spelling);
    this.#streaming = options.live;
    this.#names = options.names ?? (() => null);
    this.#limit = options.heldBytes ?? HELD_BYTES;
    this.#notes = new PendingNotes(this.#limit / 4);
    this.#findings = new FindingBook(options.full === true);
  }

  push(event: Event): string {
    this.#seal(event);
    switch (event.type) {
      case "call":
        this.#call(event);
        break;
      case "association":
        this.#association(event);
        break;
      case "offer":
        if (this.#streaming) this.#streamedOffer(event);
        else {
          this.#holdOffer(event);
        }
        break;
      case "note":
        this.#note(event);
        break;
      case "detection":
        this.#finding(event);
        break;
      case "summary":
        this.#summary = event;
        break;
    }
    if (this.#options.live) this.#sealedNews();
    return this.#take();
  }

  #finding(finding: DetectionRecord): void {
    this.#findings.add(finding);
    this.#marks.found(finding);
    if (this.#streaming) findingNews(this.#lines, finding);
  }

  /** What is encrypted counts, whether it is shown or not. */
  #seal(event: Event): void {
    if (event.type === "call") this.#sealed.call(event);
    else if (event.type === "association") this.#sealed.association(event);
    else if (event.type === "note") this.#sealed.note(event);
  }

  /** What is not shown still counts in the line of its conversation. */
  hidden(event: Event): void {
    this.#seal(event);
    if (event.type === "call") this.#marks.call(event);
    if (event.type === "call") countHidden(this.#hiddenConversation(event), event);
    else if (event.type === "association") {
      if (this.#streaming) this.#closeConversation(conversationKey(event));
      else this.#hiddenConversation(event);
    }
    // Of the capture as a whole it tells whatever calls are chosen.
    else if (event.type === "note") this.#note(event);
    else if (event.type === "summary") this.#summary = event;
  }

  finish(): string {
    const empty = this.#summary !== null && withoutRpc(this.#summary);
    if (empty && this.#conversations.size === 0 && !this.#printedAny) {
      this.#findings.show(this.#lines, FINDINGS);
      this.#sealedLine(false);
      for (const text of emptyCapture(this.#summary!)) {
        if (this.#options.cut) this.#lines.paragraph(0, text, null, 2);
        else this.#lines.line(0, text);
      }
      // Two lines are enough where all was read; else the notes name what was not, and which key is missing.
      if (!allRead(this.#summary!)) this.#notes.takeRest(this.#lines, this.#options.full);
      return this.#lines.take();
    }
    const streamed = this.#streaming;
    if (streamed) this.#closeAll();
    else this.#release(true);
    this.#notes.takeRest(this.#lines, this.#options.full);
    // Where the beginning was printed before all was known, it stands here.
    if (streamed) {
      this.#findings.show(this.#lines, "All findings");
      this.#sealedLine(false);
    }
    if (this.#summary !== null) {
      this.#lines.line(0, ["title", "Summary"]);
      for (const text of summaryLines(this.#summary, true, this.#lines.spelling))
        this.#lines.paragraph(2, text, null, 4);
    }
    return this.#take();
  }

  #take(): string {
    const text = this.#lines.take();
    if (text !== "") this.#printedAny = true;
    return text;
  }

  #association(association: AssociationRecord): void {
    const conversation = this.#conversation(association);
    conversation.associations.push(association);
    if (this.#streaming) this.#closeConversation(conversation.key);
    else this.#grow(conversation, weightOfAssociation(association));
  }

  #call(call: CallRecord): void {
    this.#marks.call(call);
    const conversation = this.#conversation(call);
    this.#grow(conversation, countCall(conversation, call, this.#names, this.#options.full));
    const wanted = this.#options.allCalls || isRaiCall(call);
    if (this.#streaming) {
      if (this.#options.ladder && (wanted || infrastructure(call.interface.uuid) !== null))
        this.#remember(call);
      if (wanted && this.#options.brief !== true) this.#streamedCall(call);
      return;
    }
    if (!wanted && infrastructure(call.interface.uuid) === null) return;
    conversation.held.push(call);
    this.#bare.delete(conversation.key);
    this.#hold(weight(call));
  }

  /** Of an offer that was reported several times only the last report is shown. */
  #holdOffer(offer: OfferRecord): void {
    const earlier =
      offer.revision === 1 || offer.id === null ? -1 : this.#offers.findIndex(({ id }) => id === offer.id);
    if (earlier >= 0) this.#held -= weightOfOffer(this.#offers.splice(earlier, 1)[0]!);
    this.#offers.push(offer);
    this.#hold(weightOfOffer(offer));
  }

  /** So much more is held back: where that is too much, nothing is any more. */
  #hold(bytes: number): void {
    this.#held += bytes;
    if (this.#held <= this.#limit) return;
    this.#release();
    this.#streaming = true;
    this.#lines
      .line(0, ["warn", "Too many calls to sort by offer: from here on they are shown as they come."])
      .blank();
  }

  /** A conversation takes so much more. */
  #grow(conversation: Conversation, bytes: number): void {
    conversation.weight += bytes;
    this.#open += bytes;
    while (this.#open > this.#limit && this.#conversations.size > 1) this.#forgetOldest();
  }

  #conversation(from: Parameters<typeof newConversation>[0]): Conversation {
    const key = conversationKey(from);
    let conversation = this.#conversations.get(key);
    if (conversation === undefined) {
      if (this.#conversations.size >= HELD_CONVERSATIONS) this.#forgetOldest();
      conversation = this.#hidden.get(key) ?? this.#meet(from);
      this.#hidden.delete(key);
      this.#conversations.set(key, conversation);
      this.#bare.add(key);
      this.#open += conversation.weight;
    }
    return conversation;
  }

  /** Of a conversation nothing of which was shown so far. */
  #hiddenConversation(from: CallRecord | AssociationRecord): Conversation {
    const key = conversationKey(from);
    const known = this.#conversations.get(key) ?? this.#hidden.get(key);
    if (known !== undefined) return known;
    if (this.#hidden.size >= Math.min(HELD_CONVERSATIONS, this.#limit / CONVERSATION_WEIGHT)) {
      this.#hidden.delete(this.#oldestHidden.next()!);
    }
    const conversation = this.#meet(from);
    this.#hidden.set(key, conversation);
    return conversation;
  }

  #meet(from: CallRecord | AssociationRecord): Conversation {
    this.#met++;
    return newConversation(from);
  }

  /** The oldest conversation without held calls makes room; its line is printed where it can no longer be sorted in. */
  #forgetOldest(): void {
    const key = this.#oldestBare.next();
    if (key === undefined) {
      this.#release();
      this.#streaming = true;
    } else this.#closeConversation(key);
  }

  #note(note: NoteRecord): void {
    if (this.#streaming && note.severity !== "info") noteLines(this.#lines, [note], 2);
    else this.#notes.add(note);
  }

  /** One line that says what would decrypt the rest; nothing where nothing is encrypted. */
  #sealedLine(sofar: boolean): void {
    const text = this.#sealed.line(sofar, this.#options.full);
    if (text !== null) this.#lines.line(0, ["warn", text]).blank();
  }

  /** A source that never ends says whose key is missing as soon as it is known. */
  #sealedNews(): void {
    for (const key of this.#sealed.takeNew()) this.#lines.line(2, ["warn", `encrypted: ${key}`]);
  }

  /** Prints all that was held back, offers first, and forgets it. `whole`: nothing more comes. */
  #release(whole = false): void {
    if (!this.#printedAny) {
      this.#findings.show(this.#lines, whole ? FINDINGS : "Findings so far");
      this.#sealedLine(!whole);
    }
    const printed = new Set<CallRecord>();
    const shown = this.#conversations.size;
    this.#offers.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : a.stream - b.stream));
    for (const { held } of this.#conversations.values()) {
      for (const call of held) this.#byName.add(call);
    }
    for (const offer of this.#offers) this.#byName.want(offer);
    for (const offer of this.#offers) this.#heldOffer(offer, printed);
    this.#offers.length = 0;
    this.#byName.clear();
    const rest = [...this.#conversations.values()];
    rest.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.stream - b.stream));
    if (rest.length > 0) {
      const other = printed.size > 0 || this.#offerCount > 0 ? "Other conversations" : "Conversations";
      const view = {
        ...this.#options,
        names: this.#names,
        heading: `${other}${this.#hint(rest, shown)}`,
        marks: this.#marks,
      };
      conversationsBlock(this.#lines, this.#notes, rest, printed, view);
      this.#lines.blank();
    }
    this.#conversations.clear();
    this.#bare.clear();
    this.#held = 0;
    this.#open = 0;
  }

  /** The days they began on, in order. `shown`: conversations of which something is shown, here or with an offer. */
  #hint(rest: readonly Conversation[], shown: number): string {
    const { spelling } = this.#lines;
    const from = spelling.day(rest[0]!.first);
    const to = spelling.day(rest.at(-1)!.first);
    const days = from === to ? ` on ${from}` : ` from ${from} to ${to}`;
    const part = shown < this.#met ? `, ${grouped(shown)} of ${grouped(this.#met)} shown` : "";
    return `${days}${part}${this.#options.allCalls ? "" : " (add --all-calls to list every call)"}`;
  }

  #heldOffer(offer: OfferRecord, printed: Set<CallRecord>): void {
    this.#offerCount++;
    offerBlock(this.#lines, offer, this.#offerCount, this.#options.full);
    const calls = this.#callsOf(offer);
    for (const call of calls) {
      const conversation = printed.has(call) ? undefined : this.#conversations.get(conversationKey(call));
      if (conversation !== undefined) conversation.printed++;
      printed.add(call);
    }
    const shown = calls.some((call) => call.rai?.connection_string);
    const all = offer.calls.length;
    // What filters hold back, or nobody holds, belongs to the offer all the same.
    const part = calls.length < all;
    if (this.#options.brief === true) {
      if (all > 0) this.#lines.line(2, ["dim", counted(all, "call")]);
    } else if (this.#options.ladder) {
      if (part) this.#lines.line(2, ["dim", countedShown(all, calls.length, "call")]);
      this.#lines.blank();
      ladderBlock(this.#lines, offerRails(offer), calls, offer);
      this.#lines.blank();
      offerString(this.#lines, offer, this.#options.full);
    } else {
      if (part) this.#lines.line(2, ["dim", countedShown(all, calls.length, "call")]);
      else if (calls.length > 0) this.#lines.line(2, ["dim", counted(calls.length, "call")]);
      for (const call of calls)
        callBlock(this.#lines, call, {
          indent: 2,
          stream: true,
          brief: !this.#options.allCalls && !isRaiCall(call),
          names: this.#names,
          full: this.#options.full,
        });
      if (!shown) offerString(this.#lines, offer, this.#options.full);
    }
    if (this.#options.brief !== true) evidenceLines(this.#lines, offer);
    this.#notes.take(this.#lines, new Set(calls.map((call) => call.stream)), 2);
    for (const key of new Set(calls.map(conversationKey))) {
      const conversation = this.#conversations.get(key);
      if (conversation !== undefined && isShown(conversation)) this.#remove(conversation);
    }
    this.#lines.blank();
  }

  /** For the ladders of offers that are complete later than their calls. */
  #remember(call: CallRecord): void {
    this.#recent.push(call);
    this.#kept += weight(call);
    if (this.#recent.length <= RECENT_CALLS * 2 && this.#kept <= this.#limit) return;
    const gone = this.#recent.splice(0, Math.ceil(this.#recent.length / 2));
    this.#kept -= gone.reduce((sum, one) => sum + weight(one), 0);
  }

  /** The offer's calls in order of time. */
  #callsOf(offer: OfferRecord): CallRecord[] {
    const wanted = namesIn(offer);
    const calls = this.#streaming
      ? this.#recent.filter((call) => wanted.has(nameOf(call) ?? ""))
      : this.#byName.take(offer);
    return calls.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
  }

  #streamedCall(call: CallRecord): void {
    const { spelling } = this.#lines;
    const day = spelling.day(call.ts);
    if (spelling.ofDay && day !== this.#date) {
      this.#date = day;
      this.#lines.line(0, ["title", day]);
    }
    callBlock(this.#lines, call, { indent: 0, stream: true, names: this.#names, full: this.#options.full });
  }

  #streamedOffer(offer: OfferRecord): void {
    const told = offer.id === null ? undefined : this.#told.get(offer.id);
    const number = told?.number ?? ++this.#offerCount;
    this.#remind(offer, number);
    this.#lines.blank();
    const brief = this.#options.brief === true;
    if (told !== undefined) {
      offerUpdate(this.#lines, offer, number, told.shown);
      if (!brief) evidenceLines(this.#lines, offer, told.shown);
      this.#lines.blank();
      return;
    }
    offerBlock(this.#lines, offer, number, this.#options.full);
    if (this.#options.ladder && !brief) {
      this.#lines.blank();
      ladderBlock(this.#lines, offerRails(offer), this.#callsOf(offer), offer);
      this.#lines.blank();
    }
    if (!brief) evidenceLines(this.#lines, offer);
    this.#lines.blank();
  }

  /** What was shown of an offer that goes on. */
  #remind(offer: OfferRecord, number: number): void {
    if (offer.id === null) return;
    this.#told.delete(offer.id);
    if (!offer.provisional) return;
    if (this.#told.size >= TOLD_OFFERS) this.#told.delete(this.#oldestTold.next()!);
    const shown = [...offer.evidence.map((of) => of.statement), ...offer.notes.map((of) => of.message)];
    this.#told.set(offer.id, { number, shown: new Set(shown) });
  }

  #closeConversation(key: string): void {
    this.#hidden.delete(key);
    const conversation = this.#conversations.get(key);
    if (conversation === undefined) return;
    conversationLine(this.#lines, conversationText(conversation, this.#lines.spelling, this.#options.full));
    this.#remove(conversation);
  }

  #remove(conversation: Conversation): void {
    this.#conversations.delete(conversation.key);
    this.#bare.delete(conversation.key);
    this.#open -= conversation.weight;
  }

  #closeAll(): void {
    for (const key of [...this.#conversations.keys()]) this.#closeConversation(key);
    this.#lines.blank();
  }
}

/** True when all there is to show of a conversation was shown with an offer. */
function isShown(conversation: Conversation): boolean {
  let counted = 0;
  for (const { calls } of [...conversation.groups.values(), ...conversation.unnamed.values()])
    counted += calls;
  if (counted === 0) return false;
  return (
    conversation.held.length === counted && conversation.printed === counted && conversation.calls === counted
  );
}
