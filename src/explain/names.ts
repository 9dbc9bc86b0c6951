/** What makes values legible in a tree: names of UUIDs that are known, and what the record says that a value means. */
import type { Field } from "../../dissectors/wire/trace.js";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Names UUIDs where nothing else does. */
export function addNames(field: Field, nameOf: (uuid: string) => string | null): void {
  if (field.show === field.value) field.show = null;
  if (field.show === null && typeof field.value === "string" && UUID.test(field.value)) {
    field.show = nameOf(field.value);
  }
  for (const child of field.children) addNames(child, nameOf);
}

/** `readable`: what values mean, by their paths in the call log (`pInfo.Level1.dwType`). */
export function addReadable(stub: Field, readable: { readonly [path: string]: unknown } | null): void {
  if (readable === null) return;
  const visit = (field: Field, path: string): void => {
    const meant = readable[path];
    if (meant !== undefined) field.show = typeof meant === "string" ? meant : JSON.stringify(meant);
    for (const child of field.children) {
      visit(child, child.name.startsWith("[") ? path + child.name : `${path}.${child.name}`);
    }
  };
  for (const child of stub.children) visit(child, child.name);
}
