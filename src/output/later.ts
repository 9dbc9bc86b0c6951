/** A time as records write it, and what is added to it. */

/** The time so many microseconds later, with as many digits. */
export function endTime(ts: string, microseconds: number): string {
  const fraction = ts.slice(20, -1);
  const digits = fraction.length;
  const later = Number(fraction.slice(0, 6)) + microseconds;
  const seconds = Math.floor(later / 1e6);
  const rest = String(later - seconds * 1e6).padStart(6, "0") + fraction.slice(6);
  const whole =
    seconds === 0
      ? ts.slice(0, 19)
      : new Date(Date.parse(`${ts.slice(0, 19)}Z`) + seconds * 1000).toISOString().slice(0, 19);
  return `${whole}.${rest.slice(0, digits)}Z`;
}
