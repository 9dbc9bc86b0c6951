/** Interfaces as a user names them: by UUID, by their names, and by those that tools, Windows and specifications have for them. */
import type { InterfaceTable } from "../interfaces.js";
import { nearest } from "../suggest.js";

const UUID = /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i;

const partsOf = (value: string): string[] =>
  value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** The values of --interface with the UUIDs of what their names mean; a name stays beside them, should a record have it. */
export function meantInterfaces(values: readonly string[], table: InterfaceTable): string[] {
  return values.map((value) =>
    partsOf(value)
      .flatMap((part) => (UUID.test(part) ? [part] : [part, ...table.meant(part).map(({ uuid }) => uuid)]))
      .join(","),
  );
}

/** What is to be said of names that mean nothing: a slip of the pen would look like a capture without the interface. */
export function unknownInterfaces(values: readonly string[], table: InterfaceTable): string[] {
  return values
    .flatMap(partsOf)
    .filter((part) => !UUID.test(part) && table.meant(part).length === 0)
    .map((part) => {
      const near = nearest(part, table.words());
      const advice = near === null ? "give its UUID, or its IDL with --idl" : `did you mean ${near}?`;
      return `--interface ${part}: no interface of that name is known; ${advice}`;
    });
}
