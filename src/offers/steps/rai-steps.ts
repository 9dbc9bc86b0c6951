/** Calls of the interfaces of [MS-RAI] as steps: 3.1.4, 3.3.4. */
import type { HelpBlobFact, OfferInput, RaiCallFact, SessionPropertyFact } from "../../facts/fact.js";
import type { Readable, Reading, StringAnswer } from "./step.js";

export function raiReading(readable: Readable, { on, member }: RaiCallFact, input: OfferInput): Reading {
  if (member === null) return { kind: "other", detail: { on } };
  readable.title = `${on}::${member}`;
  readable.method = member;
  const { facts } = input;
  switch (member) {
    case "GetSessionInfo":
    case "RemoteUserSessionInfo": {
      const sessions = facts.find((f) => f.kind === "sessions")?.entries ?? null;
      return { kind: "session-list", detail: { on, sessions } };
    }
    case "GetNoviceUserInfo":
    case "RemoteConnectionParms":
      return { kind: "string-answer", detail: answer(readable, on, input) };
  }
  if (on !== "IPCHCollection" && on !== "ISAFSession") return { kind: "other", detail: { on } };
  const property = facts.find((f): f is SessionPropertyFact => f.kind === "session-property");
  if (property === undefined || readable.result !== "ok") return { kind: "walk", detail: { on } };
  const { name, value } = property;
  return { kind: "session-property", detail: { on, name, value } };
}

function answer(
  { result }: Readable,
  on: RaiCallFact["on"],
  { call, facts }: OfferInput,
): StringAnswer["detail"] {
  const string = facts.find((f) => f.kind === "connection-string")?.value ?? null;
  const blob = facts.find((f): f is HelpBlobFact => f.kind === "help-blob");
  return {
    on,
    string,
    empty: result === "ok" && call.response.state === "decoded" && string === null,
    helper: blob?.value.id ?? null,
    asked: facts.find((f) => f.kind === "session-asked") ?? null,
  };
}
