/** Times as Zeek's logs have them: seconds with six decimals. In between they are whole microseconds since 1970. */

/** The day of which a time was asked last, with the `T` behind it, and its microseconds. */
let known = "?";
let knownMicros = 0;

/** Of two digits; anything else makes NaN. */
const two = (text: string, at: number): number => 10 * digit(text, at) + digit(text, at + 1);

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 0x30;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

/** Of a time as records write it; what is finer than a microsecond is cut, as Zeek does. */
export function microsOf(ts: string): number {
  if (ts.length < 19) return Number.NaN;
  if (!ts.startsWith(known)) {
    known = ts.slice(0, 11);
    knownMicros = Date.parse(`${known}00:00:00Z`) * 1000;
  }
  const ofDay = two(ts, 11) * 3600 + two(ts, 14) * 60 + two(ts, 17);
  return knownMicros + ofDay * 1e6 + Number(ts.slice(20, 26));
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
