/** The life of a flow: every transition of its table, and what follows from each state. */
import assert from "node:assert/strict";
import test from "node:test";
import { nextState } from "../../../src/life-cycle.js";
import {
  DISMISS,
  END,
  FLAG,
  FLOW_LIFE,
  type FlowEvent,
  type FlowState,
  flowStateName,
  IS_CLOSED,
  IS_DISMISSED,
  IS_ENDING,
  IS_LAPSED,
  JOINED,
  LAPSE,
  LAST_WANTED,
  nextFlowState,
  RESET,
  SETTLE,
} from "../../../src/reassembly/flow-state.js";

const EVENTS: { readonly [event in FlowEvent]: number } = {
  settle: SETTLE,
  reset: RESET,
  end: END,
  lapse: LAPSE,
  dismiss: DISMISS,
  flag: FLAG,
};

const states = Object.keys(FLOW_LIFE) as FlowState[];

test("the numbers say what the table says, for every state and event", () => {
  for (const [number, state] of states.entries()) {
    assert.equal(flowStateName(number), state);
    for (const [event, e] of Object.entries(EVENTS) as [FlowEvent, number][]) {
      assert.equal(flowStateName(nextFlowState(number, e)), nextState(FLOW_LIFE, state, event));
    }
  }
});

test("every state can be reached from the first, and none of the closed ones is left for an open one", () => {
  const seen = new Set([JOINED]);
  for (const state of seen) for (const e of Object.values(EVENTS)) seen.add(nextFlowState(state, e));
  assert.equal(seen.size, states.length);
  for (const state of seen) {
    for (const e of Object.values(EVENTS)) {
      const next = nextFlowState(state, e);
      if (state > LAST_WANTED) assert.ok(next > LAST_WANTED);
      if (IS_CLOSED[state]) assert.ok(IS_CLOSED[next]);
      if (IS_LAPSED[state]) assert.ok(IS_LAPSED[next]);
      if (IS_DISMISSED[state]) assert.ok(IS_DISMISSED[next]);
      if (IS_ENDING[state]) assert.ok(IS_ENDING[next] || IS_CLOSED[next]);
    }
  }
});

test("only what is neither dismissed nor closed is wanted", () => {
  for (const number of states.keys()) {
    assert.equal(number <= LAST_WANTED, !IS_DISMISSED[number] && !IS_CLOSED[number]);
  }
});
