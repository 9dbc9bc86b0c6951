/**
 * Fragments whose flags do not say what the stream shows: [C706] 12.6.3.1 PFC_FIRST_FRAG and PFC_LAST_FRAG. A sender that
 * leaves a flag out is distinguished from a capture that lacks a fragment by the stream: where no PDU is missing, none was sent.
 */
import type { OpenCall, Side } from "./calls.js";

/** A side begins with a fragment that is not flagged as the first. `unbroken`: no PDU of its direction is missing. */
export function beginsUnflagged(call: OpenCall, side: Side, unbroken: boolean): void {
  const which = nameOf(call, side);
  if (unbroken) {
    call.notes.push({
      severity: "warning",
      code: "first-flag-missing",
      message: `the ${which} begins without PFC_FIRST_FRAG, and nothing is missing before it`,
    });
    return;
  }
  side.broken = true;
  call.notes.push({
    severity: "warning",
    code: "first-fragment-missing",
    message: `the ${which}'s first fragment was not captured`,
  });
}

/**
 * A side that lacks its last fragment goes no further: what comes next belongs to something else. Answers whether it is
 * whole all the same, by what its first fragment announced; where that announced nothing, because it was `answered`.
 */
export function endsUnflagged(call: OpenCall, side: Side, unbroken: boolean, answered: boolean): boolean {
  if (side.ended || side.broken || !unbroken) return false;
  const whole = side.allocHint === 0 ? answered : side.bytes >= side.allocHint;
  if (!whole) return false;
  side.ended = true;
  const why = answered
    ? "the response follows"
    : `its first fragment announced ${side.allocHint} bytes, which are all there`;
  call.notes.push({
    severity: "warning",
    code: "last-flag-missing",
    message: `the ${nameOf(call, side)} ends without PFC_LAST_FRAG, and nothing is missing after it: ${why}`,
  });
  return true;
}

function nameOf(call: OpenCall, side: Side): "request" | "response" {
  return side === call.request ? "request" : "response";
}
