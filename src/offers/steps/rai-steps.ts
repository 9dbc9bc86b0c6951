/** Calls of the interfaces of [MS-RAI] as steps: 3.1.4, 3.3.4. */
import type { HelpBlobFact, OfferInput, RaiCallFact, SessionPropertyFact } from "../../facts/fact.js";
import type { CallBase, CallStep, StringAnswer } from "./step.js";

export function raiStep(base: CallBase, { on, member }: RaiCallFact, input: OfferInput): CallStep {
  const known = member === null ? base : { ...base, method: member, title: `${on}::${member}` };
  const { facts } = input;
  switch (member) {
    case "GetSessionInfo":
    case "RemoteUserSessionInfo": {
      const list = facts.find((f) => f.kind === "sessions");
      return { ...known, kind: "session-list", on, sessions: list?.entries ?? null };
    }
    case "GetNoviceUserInfo":
    case "RemoteConnectionParms":
      return stringAnswer({ ...known, on }, input);
  }
  if (member === null || (on !== "IPCHCollection" && on !== "ISAFSession")) {
    return { ...known, kind: "other", on };
  }
  const property = facts.find((f): f is SessionPropertyFact => f.kind === "session-property");
  if (property === undefined || base.result !== "ok") return { ...known, kind: "walk", on };
  const { name, value } = property;
  return { ...known, kind: "session-property", on, name, value };
}

function stringAnswer(base: CallBase & Pick<StringAnswer, "on">, { call, facts }: OfferInput): StringAnswer {
  const string = facts.find((f) => f.kind === "connection-string")?.value ?? null;
  const blob = facts.find((f): f is HelpBlobFact => f.kind === "help-blob");
  return {
    ...base,
    kind: "string-answer",
    string,
    empty: base.result === "ok" && call.response.state === "decoded" && string === null,
    helper: blob?.value.id ?? null,
    asked: facts.find((f) => f.kind === "session-asked") ?? null,
  };
}
