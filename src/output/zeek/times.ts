/** Times as Zeek's logs have them: seconds with six decimals. In between they are whole microseconds since 1970. */

let known = "";
let knownMicros = 0;

/** Of a time as records write it; what is finer than a microsecond is cut, as Zeek does. */
export function microsOf(ts: string): number {
  const second = ts.slice(0, 19);
  if (second !== known) {
    known = second;
    knownMicros = Date.parse(`${second}Z`) * 1000;
  }
  return knownMicros + Number(ts.slice(20, 26));
}

/** With exactly six decimals. */
export function seconds(micros: number): string {
  if (micros < 0) return `-${seconds(-micros)}`;
  const whole = Math.floor(micros / 1e6);
  return `${whole}.${String(micros - whole * 1e6).padStart(6, "0")}`;
}

/** The number that Zeek has for a time. */
export function asDouble(micros: number): number {
  const whole = Math.floor(micros / 1e6);
  return whole + (micros - whole * 1e6) / 1e6;
}
