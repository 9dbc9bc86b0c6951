/**
 * Messages of LDAP field by field, for trees: [RFC 4511] 4.1 to 4.14, with the tokens in binds ([MS-ADTS] 5.1.1.1 as well), and what a security layer of SASL
 * wraps ([RFC 4422] 3.7). Binds are read for what they teach in bind.ts.
 *
 * Not handled: what is in filters and in controls; messages whose encoding is not DER.
 */
import {
  children,
  derBytes,
  derText,
  inside,
  integer,
  readTlv,
  type Tlv,
  truth,
  within,
} from "../wire/der.js";
import type { Reader, Show } from "../wire/reader.js";
import { namesOf } from "../wire/show.js";

/** Reads the security token in a message, all of a reader. */
export type ReadToken = (r: Reader) => void;

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** [RFC 4511] 4.1.9, and those of [RFC 4513] and Microsoft that are met. */
const showResult = namesOf({
  0: "success",
  1: "operationsError",
  2: "protocolError",
  3: "timeLimitExceeded",
  4: "sizeLimitExceeded",
  5: "compareFalse",
  6: "compareTrue",
  7: "authMethodNotSupported",
  8: "strongerAuthRequired",
  10: "referral",
  11: "adminLimitExceeded",
  12: "unavailableCriticalExtension",
  13: "confidentialityRequired",
  14: "saslBindInProgress",
  16: "noSuchAttribute",
  17: "undefinedAttributeType",
  18: "inappropriateMatching",
  19: "constraintViolation",
  20: "attributeOrValueExists",
  21: "invalidAttributeSyntax",
  32: "noSuchObject",
  33: "aliasProblem",
  34: "invalidDNSyntax",
  48: "inappropriateAuthentication",
  49: "invalidCredentials",
  50: "insufficientAccessRights",
  51: "busy",
  52: "unavailable",
  53: "unwillingToPerform",
  54: "loopDetect",
  64: "namingViolation",
  65: "objectClassViolation",
  66: "notAllowedOnNonLeaf",
  67: "notAllowedOnRDN",
  68: "entryAlreadyExists",
  80: "other",
});
const showScope = namesOf(["baseObject", "singleLevel", "wholeSubtree"]);
const showAliases = namesOf(["neverDerefAliases", "derefInSearching", "derefFindingBaseObj", "derefAlways"]);

/** What an element is read as. `list`: of texts; `attributes`: type and values of each; `token`: bytes with a token of a mechanism. */
type Kind = "text" | "bytes" | "truth" | "list" | "attributes" | "token" | Show<number> | "number";
type Item = readonly [name: string, kind: Kind];

const RESULT: readonly Item[] = [
  ["resultCode", showResult],
  ["matchedDN", "text"],
  ["diagnosticMessage", "text"],
];

/** By the tag of the protocolOp: its name, and its elements in their order. */
const OPERATIONS: ReadonlyMap<number, readonly [name: string, items: readonly Item[]]> = new Map([
  [
    0x60,
    [
      "bindRequest",
      [
        ["version", "number"],
        ["name", "text"],
      ],
    ],
  ],
  [0x61, ["bindResponse", RESULT]],
  [
    0x63,
    [
      "searchRequest",
      [
        ["baseObject", "text"],
        ["scope", showScope],
        ["derefAliases", showAliases],
        ["sizeLimit", "number"],
        ["timeLimit", "number"],
        ["typesOnly", "truth"],
        ["filter", "bytes"],
        ["attributes", "list"],
      ],
    ],
  ],
  [
    0x64,
    [
      "searchResEntry",
      [
        ["objectName", "text"],
        ["attributes", "attributes"],
      ],
    ],
  ],
  [0x65, ["searchResDone", RESULT]],
  [
    0x66,
    [
      "modifyRequest",
      [
        ["object", "text"],
        ["changes", "bytes"],
      ],
    ],
  ],
  [0x67, ["modifyResponse", RESULT]],
  [
    0x68,
    [
      "addRequest",
      [
        ["entry", "text"],
        ["attributes", "attributes"],
      ],
    ],
  ],
  [0x69, ["addResponse", RESULT]],
  [0x6b, ["delResponse", RESULT]],
  [
    0x6c,
    [
      "modDNRequest",
      [
        ["entry", "text"],
        ["newrdn", "text"],
        ["deleteoldrdn", "truth"],
      ],
    ],
  ],
  [0x6d, ["modDNResponse", RESULT]],
  [
    0x6e,
    [
      "compareRequest",
      [
        ["entry", "text"],
        ["ava", "bytes"],
      ],
    ],
  ],
  [0x6f, ["compareResponse", RESULT]],
  [0x73, ["searchResRef", []]],
  [0x77, ["extendedReq", []]],
  [0x78, ["extendedResp", RESULT]],
  [0x79, ["intermediateResponse", []]],
] as const);

/** Elements with a tag of their own, by the tag of the protocolOp. */
const TAGGED: ReadonlyMap<number, ReadonlyMap<number, Item>> = new Map<number, ReadonlyMap<number, Item>>([
  [
    0x60,
    new Map<number, Item>([
      [0x80, ["simple", "text"]],
      [0x89, ["sicilyPackageDiscovery", "bytes"]],
      [0x8a, ["sicilyNegotiate", "token"]],
      [0x8b, ["sicilyResponse", "token"]],
    ]),
  ],
  [0x61, new Map<number, Item>([[0x87, ["serverSaslCreds", "token"]]])],
  [
    0x77,
    new Map<number, Item>([
      [0x80, ["requestName", "text"]],
      [0x81, ["requestValue", "bytes"]],
    ]),
  ],
  [
    0x78,
    new Map<number, Item>([
      [0x8a, ["responseName", "text"]],
      [0x8b, ["responseValue", "bytes"]],
    ]),
  ],
]);
const SASL = 0xa3;
/** Primitive operations: unbind, delete, abandon. */
const PRIMITIVE: ReadonlyMap<number, Item> = new Map<number, Item>([
  [0x42, ["unbindRequest", "bytes"]],
  [0x4a, ["delRequest", "text"]],
  [0x50, ["abandonRequest", "bytes"]],
]);
const CONTROLS = 0xa0;

/** Bytes of the message that stands where `r` does; 0 where none does, or not all of it is there. */
export function ldapMessageSize(r: Reader): number {
  if (r.left < 7 || r.peek() !== SEQUENCE) return 0;
  const form = r.peek(1);
  if (form === 0x80 || form > 0x84) return 0;
  const header = 2 + (form > 0x80 ? form & 0x7f : 0);
  let length = form & 0x7f;
  if (form > 0x80) {
    length = 0;
    for (let i = 2; i < header; i++) length = length * 256 + r.peek(i);
  }
  const id = r.peek(header + 1);
  if (r.peek(header) !== INTEGER || id < 1 || id > 4 || header + length > r.left) return 0;
  const operation = r.peek(header + 2 + id);
  return OPERATIONS.has(operation) || PRIMITIVE.has(operation) ? header + length : 0;
}

/** A message, all of `r`. */
export function readLdapFields(r: Reader, token: ReadToken): void {
  const message = readTlv(r, "LDAPMessage");
  within(message, () => {
    const [id, operation, controls] = children(message);
    if (id !== undefined) integer({ ...id, name: "messageID" });
    if (operation !== undefined) readOperation(operation, token);
    if (controls?.tag === CONTROLS) within({ ...controls, name: "controls" }, readControls);
  });
}

function readOperation(operation: Tlv, token: ReadToken): void {
  const primitive = PRIMITIVE.get(operation.tag);
  if (primitive !== undefined) {
    derText({ ...operation, name: primitive[0] });
    return;
  }
  const known = OPERATIONS.get(operation.tag);
  if (known === undefined) return;
  const [name, items] = known;
  within({ ...operation, name }, () => {
    let next = 0;
    for (const element of children(operation)) {
      const tagged = TAGGED.get(operation.tag)?.get(element.tag);
      const item = tagged ?? (element.tag === SASL && name === "bindRequest" ? undefined : items[next++]);
      if (item !== undefined) readItem(element, item, token);
      else if (element.tag === SASL) readSasl(element, token);
    }
  });
}

function readItem(element: Tlv, [name, kind]: Item, token: ReadToken): void {
  const tlv = { ...element, name };
  if (typeof kind === "function") integer(tlv, kind);
  else if (kind === "number") integer(tlv);
  else if (kind === "truth") truth(tlv);
  else if (kind === "text" && !isToken(tlv)) derText(tlv);
  else if (kind === "list") within(tlv, (list) => noteTexts(list, "LDAPString"));
  else if (kind === "attributes") within(tlv, readAttributes);
  else if ((kind === "token" || kind === "text") && tlv.end > tlv.body) inside(tlv, token, undefined);
  else noteBytes(tlv);
}

/** In answers to a bind with Sicily a message of NTLMSSP stands where a name would. */
function isToken({ r: { data }, body, end }: Tlv): boolean {
  return end - body > 8 && data[body] === 0x4e && data[body + 7] === 0;
}

function noteBytes(tlv: Tlv): void {
  // Whatever its tag is.
  derBytes({ ...tlv, tag: 0x04 });
}

function noteTexts(list: Tlv | null, name: string): void {
  for (const text of list === null ? [] : children(list, name)) derText(text);
}

function readAttributes(list: Tlv | null): void {
  for (const attribute of list === null ? [] : children(list, "PartialAttribute")) {
    within(attribute, (tlv) => {
      const [type, values] = children(tlv!);
      if (type !== undefined) derText({ ...type, name: "type" });
      if (values !== undefined)
        within({ ...values, name: "vals" }, (set) => {
          for (const value of children(set!, "AttributeValue")) noteBytes(value);
        });
    });
  }
}

/** [RFC 4511] 4.2 SaslCredentials. */
function readSasl(element: Tlv, token: ReadToken): void {
  within({ ...element, name: "sasl" }, (sasl) => {
    const [mechanism, credentials] = children(sasl!);
    if (mechanism !== undefined) derText({ ...mechanism, name: "mechanism" });
    if (credentials !== undefined && credentials.end > credentials.body)
      inside({ ...credentials, name: "credentials" }, token, undefined);
  });
}

/** [RFC 4511] 4.1.11. */
function readControls(list: Tlv | null): void {
  for (const control of list === null ? [] : children(list, "Control")) {
    within(control, (tlv) => {
      for (const [index, part] of children(tlv!).entries()) {
        if (index === 0) derText({ ...part, name: "controlType" });
        else if (part.tag === 0x01) truth({ ...part, name: "criticality" });
        else noteBytes({ ...part, name: "controlValue" });
      }
    });
  }
}

/** Bytes of what a security layer wrapped, with the length in front; 0 where no token of the GSS-API or of NTLM stands there whole. */
export function saslBufferSize(r: Reader): number {
  if (r.left < 4 + 16) return 0;
  const size = r.peek() * 0x1000000 + r.peek(1) * 0x10000 + r.peek(2) * 0x100 + r.peek(3);
  const first = r.peek(4) * 256 + r.peek(5);
  const wrapped = first === 0x0504 || r.peek(4) === 0x60 || first === 0x0100;
  return wrapped && size >= 16 && size + 4 <= r.left ? size + 4 : 0;
}
