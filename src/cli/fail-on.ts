/** --fail-on: whether a finding that is shown is of that level, or above. */

import { DETECTION_LEVELS, type DetectionLevel } from "../events.js";
import { type EventSink, eachEvent } from "./pipeline.js";

export class FailOn {
  reached = false;
  readonly sink: EventSink;

  constructor(level: DetectionLevel) {
    const least = DETECTION_LEVELS.indexOf(level);
    const see = eachEvent((event) => {
      if (event.type === "detection" && DETECTION_LEVELS.indexOf(event.rule.level) >= least)
        this.reached = true;
    });
    // It is not what the run goes on for.
    this.sink = { ...see, closed: true };
  }
}
