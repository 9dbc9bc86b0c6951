/** Delivery for those who wait for acknowledgments. */
import { AckLog } from "./ack-log.js";
import type { Arrival, Delivery } from "./delivery.js";
import type { Flow } from "./flow.js";
import type { Sink } from "./sink.js";
import type { Direction } from "./when.js";

/** Delivers a segment of `direction`, and tells what it acknowledges where somebody waits for that. */
export function receiveAcknowledging(
  delivery: Delivery,
  sink: Sink,
  flow: Flow,
  direction: Direction,
  arrival: Arrival,
): void {
  const to: Direction = direction === 0 ? 1 : 0;
  const half = flow.half(to);
  const { ackKnown, acked } = half;
  const waited = delivery.waiting.has(flow);
  delivery.receive(flow, direction, arrival);
  if (!half.ackKnown || (ackKnown && half.acked === acked)) return;
  half.acks ??= new AckLog();
  half.acks.add(half.acked, sink.frame.number, !waited && !delivery.waiting.has(flow));
  if (half.takeAwaited()) sink.acknowledged(flow, to, half.acked);
}
