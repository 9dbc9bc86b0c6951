/**
 * Secrets as a user gives them: options and the JSON array of a secrets file, checked and turned into values. Nothing
 * here reads files, and no message repeats what was given: a wrong secret is often a right one with a slip.
 */
import { etypeNumber } from "../../../dissectors/kerberos/names.js";
import { fromHex } from "../../../dissectors/wire/bytes.js";

/** Bytes of an NT or LM hash and of NTLM's session key. */
const HASH_LENGTH = 16;
const KEY_LENGTHS: readonly number[] = [16, 32];
const ALLOWED: { readonly [kind: string]: readonly string[] } = {
  password: ["user", "domain"],
  nt_hash: ["user", "domain"],
  session_key: ["user", "domain"],
  keytab: ["user", "domain"],
  kerberos_key: ["principal", "realm", "etype", "user", "domain"],
};
const KINDS = Object.keys(ALLOWED);
/** May stand in every entry, and is not looked at. */
const REMARKS: readonly string[] = ["comment", "note", "label"];

export type Secret =
  | { kind: "password"; user: string | null; domain: string | null; password: string }
  | { kind: "nt_hash"; user: string | null; domain: string | null; nt: Uint8Array; lm: Uint8Array | null }
  | { kind: "session_key"; key: Uint8Array }
  /** To be read by whoever may read files. */
  | { kind: "keytab"; path: string }
  /** `etype` is null where it was not given: the key's length leaves one or two. */
  | {
      kind: "kerberos_key";
      principal: string | null;
      realm: string | null;
      etype: number | null;
      key: Uint8Array;
    };

/** What is wrong with a secret, fit to be shown: it never holds the secret. */
export class SecretError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SecretError";
  }
}

function hexBytes(text: string): Uint8Array | null {
  const digits = text.trim().replace(/^0x/i, "");
  return /^([0-9a-f]{2})+$/i.test(digits) ? fromHex(digits) : null;
}

/** An NT hash of 32 hex digits, or an LM and an NT hash joined by a colon. Throws SecretError. */
export function parseNtHash(text: string, what = "NT hash"): { nt: Uint8Array; lm: Uint8Array | null } {
  const [first, second, ...more] = text.trim().split(":");
  const nt = hexBytes(second ?? first ?? "");
  const lm = second === undefined || first === "" ? null : hexBytes(first!);
  const wrong =
    nt?.length !== HASH_LENGTH ||
    more.length > 0 ||
    (second !== undefined && first !== "" && lm?.length !== HASH_LENGTH);
  if (wrong) throw new SecretError(`${what}: must be 32 hex digits (or LM:NT, 32 each)`);
  return { nt: nt!, lm };
}

/** A session key: 32 hex digits (NTLM, Kerberos) or 64 (Kerberos). Throws SecretError. */
export function parseSessionKey(text: string, what = "session key"): Uint8Array {
  const key = hexBytes(text);
  if (key === null || !KEY_LENGTHS.includes(key.length)) {
    throw new SecretError(`${what}: must be 32 or 64 hex digits`);
  }
  return key;
}

/** The JSON text of a secrets file. Throws SecretError with the number of the entry (from 1) that is wrong. */
export function parseSecrets(text: string): Secret[] {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    // The parser's own message quotes the text.
    throw new SecretError("the secrets file is not valid JSON");
  }
  return readSecrets(json);
}

/** As `parseSecrets`, of a value already parsed. */
function readSecrets(json: unknown): Secret[] {
  if (!Array.isArray(json))
    throw new SecretError("the secrets file must be a JSON array, one object a secret");
  return json.map((entry, i) => readSecret(entry, `secret ${i + 1}`));
}

function readSecret(entry: unknown, what: string): Secret {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    throw new SecretError(`${what}: must be an object`);
  }
  const fields = new Map<string, unknown>(Object.entries(entry));
  const kinds = KINDS.filter((kind) => fields.has(kind));
  const kind = kinds[0];
  if (kind === undefined) throw new SecretError(`${what}: needs one of ${KINDS.join(", ")}`);
  if (kinds.length > 1)
    throw new SecretError(`${what}: has ${kinds.join(" and ")}; give each its own object`);
  for (const name of fields.keys()) {
    if (name === kind || ALLOWED[kind]!.includes(name) || REMARKS.includes(name)) continue;
    const shown = /^[a-z_]{1,16}$/.test(name) ? ` "${name}"` : "";
    throw new SecretError(
      `${what}: unknown key${shown} beside ${kind}; allowed are ${ALLOWED[kind]!.join(", ")}`,
    );
  }
  const text = (name: string): string => {
    const value = fields.get(name);
    if (typeof value !== "string") throw new SecretError(`${what}: ${name} must be a string`);
    return value;
  };
  const optional = (name: string): string | null => {
    const value = fields.get(name);
    return value === undefined || value === null ? null : text(name);
  };
  const user = optional("user");
  const domain = optional("domain");
  switch (kind) {
    case "password":
      return { kind, user, domain, password: text(kind) };
    case "nt_hash":
      return { kind, user, domain, ...parseNtHash(text(kind), `${what}: nt_hash`) };
    case "session_key":
      return { kind, key: parseSessionKey(text(kind), `${what}: session_key`) };
    case "keytab":
      if (text(kind) === "") throw new SecretError(`${what}: keytab must name a file`);
      return { kind, path: text(kind) };
    default:
      return {
        kind: "kerberos_key",
        principal: optional("principal"),
        realm: optional("realm"),
        etype: readEtype(fields.get("etype"), what),
        key: parseSessionKey(text(kind), `${what}: kerberos_key`),
      };
  }
}

function readEtype(value: unknown, what: string): number | null {
  if (value === undefined || value === null) return null;
  const etype = typeof value === "number" ? value : typeof value === "string" ? etypeNumber(value) : null;
  if (etype === null || !Number.isInteger(etype)) {
    throw new SecretError(`${what}: etype must be a number or a name such as aes256-cts-hmac-sha1-96`);
  }
  return etype;
}
