/**
 * The life of a TCP flow as a table. Two things are tracked at once: what the segments say (a reset, the end), and whether
 * anybody still wants the bytes. In the hot path a state is a small number.
 */
import type { LifeCycle } from "../life-cycle.js";

export type FlowState =
  /** Its beginning was not captured, and its first data wait for one more frame, in case it belongs before them. */
  | "joined"
  | "followed"
  /** A reset came; segments that were captured late may still follow. */
  | "joined-ending"
  | "ending"
  | "closed"
  /** It was closed for being quiet, which its ends do not know. */
  | "lapsed"
  /** Nobody wants more of it: segments are only counted. */
  | "dismissed"
  | "dismissed-ending"
  /** Nobody wants what came out when it was closed. */
  | "closed-dismissed"
  | "lapsed-dismissed";

/** `flag`: FIN or RST on a flow of which nobody wants the bytes, so that nothing more is known of its end. */
export type FlowEvent = "settle" | "reset" | "end" | "lapse" | "dismiss" | "flag";

export const FLOW_LIFE: LifeCycle<FlowState, FlowEvent> = {
  joined: {
    settle: "followed",
    reset: "joined-ending",
    end: "closed",
    lapse: "lapsed",
    dismiss: "dismissed",
  },
  followed: { reset: "ending", end: "closed", lapse: "lapsed", dismiss: "dismissed" },
  "joined-ending": { settle: "ending", end: "closed", lapse: "lapsed", dismiss: "dismissed-ending" },
  ending: { end: "closed", lapse: "lapsed", dismiss: "dismissed-ending" },
  closed: { dismiss: "closed-dismissed" },
  lapsed: { dismiss: "lapsed-dismissed" },
  dismissed: { flag: "dismissed-ending" },
  "dismissed-ending": {},
  "closed-dismissed": {},
  "lapsed-dismissed": {},
};

const STATES = Object.keys(FLOW_LIFE) as FlowState[];
const EVENTS: readonly FlowEvent[] = ["settle", "reset", "end", "lapse", "dismiss", "flag"];

/** Numbers of states and events; those of states whose bytes are still wanted come first. */
export const JOINED = STATES.indexOf("joined");
export const JOINED_ENDING = STATES.indexOf("joined-ending");
const ENDING = STATES.indexOf("ending");
export const LAST_WANTED = ENDING;
export const SETTLE = EVENTS.indexOf("settle");
export const RESET = EVENTS.indexOf("reset");
export const END = EVENTS.indexOf("end");
export const LAPSE = EVENTS.indexOf("lapse");
export const DISMISS = EVENTS.indexOf("dismiss");
export const FLAG = EVENTS.indexOf("flag");

const NEXT = new Uint8Array(STATES.length * EVENTS.length);
for (const [s, state] of STATES.entries()) {
  for (const [e, event] of EVENTS.entries()) {
    NEXT[s * EVENTS.length + e] = STATES.indexOf(FLOW_LIFE[state][event] ?? state);
  }
}

export function nextFlowState(state: number, event: number): number {
  return NEXT[state * EVENTS.length + event]!;
}

const of = (name: (state: FlowState) => boolean): readonly boolean[] => STATES.map(name);

/** By number of the state. */
export const IS_DISMISSED = of((state) => state.includes("dismissed"));
export const IS_CLOSED = of((state) => state.startsWith("closed") || state.startsWith("lapsed"));
export const IS_LAPSED = of((state) => state.startsWith("lapsed"));
export const IS_ENDING = of((state) => state.endsWith("ending"));

export function flowStateName(state: number): FlowState {
  return STATES[state]!;
}
