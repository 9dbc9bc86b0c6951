/** Writes dist/generated/shipped.js. */
export function writeShipped(): void;
