/** What documented interfaces carry that is secret, though their published IDL does not say so, is in no record of --redact. */
import assert from "node:assert/strict";
import test from "node:test";
import { secretInterfaces, secretsOf } from "../../../dissectors/idl/secrets.js";
import type { CallRecord, Value } from "../../../src/events.js";
import { shippedInterfaces } from "../../../src/interfaces.js";
import { Redactor } from "../../../src/redact/redactor.js";
import { memberNames } from "../../support/members.js";
import { call } from "../../support/output/samples.js";

const table = shippedInterfaces();

test("every member that is called secret is one of its interface", () => {
  for (const uuid of secretInterfaces()) {
    const members = memberNames([table.find(uuid)]).owned;
    assert.ok(members.size > 0, uuid);
    assert.deepEqual(
      [...secretsOf(uuid)!].filter((name) => !members.has(name)),
      [],
      uuid,
    );
  }
});

interface Case {
  uuid: string;
  method: string;
  request?: { [name: string]: Value };
  response?: { [name: string]: Value };
  readable?: CallRecord["readable"];
}

function redacted({ uuid, method, request = {}, response = {}, readable = null }: Case): CallRecord {
  const record = call({
    interface: { uuid, version: "1.0", name: "x" },
    method,
    request,
    response,
    readable,
  });
  return new Redactor(undefined, table).event(record);
}

const LSA = "12345778-1234-abcd-ef00-0123456789ab";
const NETLOGON = "12345678-1234-abcd-ef00-01234567cffb";

test("secrets in structures, unions, lists and parameters are hidden whole, and in what they mean", () => {
  const cipher = { Length: 8, MaximumLength: 8, Buffer: "5ec2e75ec2e75ec2" };
  const auth = { LastUpdateTime: { QuadPart: "1" }, AuthType: 2, AuthInfoLength: 4, AuthInfo: "5ec2e75e" };
  const cases: Case[] = [
    {
      uuid: LSA,
      method: "LsarSetSecret",
      request: { EncryptedCurrentValue: cipher, EncryptedOldValue: null },
    },
    { uuid: LSA, method: "LsarRetrievePrivateData", response: { EncryptedData: cipher } },
    {
      uuid: LSA,
      method: "LsarSetTrustedDomainInfoByName",
      request: {
        TrustedDomainInformation: {
          TrustedAuthInfo: { IncomingAuthInfos: 1, IncomingAuthenticationInformation: [auth] },
        },
      },
      readable: {
        request: {
          "TrustedDomainInformation.TrustedAuthInfo.IncomingAuthenticationInformation[0].AuthInfo": "5ec2e7",
          "TrustedDomainInformation.TrustedAuthInfo.IncomingAuthenticationInformation[0].AuthType":
            "TRUST_AUTH_TYPE_CLEAR",
        },
        response: {},
      },
    },
    {
      uuid: NETLOGON,
      method: "NetrLogonSamLogonEx",
      response: {
        ValidationInformation: {
          ValidationSam4: {
            LMKey: "5ec2e75ec2e75ec2",
            UserSessionKey: { data: [{ data: "5ec2e75ec2e75ec2" }, { data: "5ec2e75ec2e75ec2" }] },
            UserFlags: 32,
          },
        },
      },
    },
    {
      uuid: "e3514235-4b06-11d1-ab04-00c04fc2dcd2",
      method: "IDL_DRSGetNCChanges",
      response: {
        pmsgOut: {
          V6: {
            pObjects: {
              Entinf: {
                AttrBlock: {
                  attrCount: 1,
                  pAttr: [
                    {
                      attrTyp: 589914,
                      AttrVal: { valCount: 1, pAVal: [{ valLen: 6, pVal: "5ec2e75ec2e7" }] },
                    },
                  ],
                },
              },
            },
          },
        },
      },
    },
    {
      uuid: "e3514235-4b06-11d1-ab04-00c04fc2dcd2",
      method: "IDL_DRSGetNCChanges",
      response: {
        pmsgOut: {
          V6: {
            pObjects: {
              pNextEntInf: [
                {
                  Entinf: { AttrBlock: { pAttr: [{ AttrVal: { pAVal: [{ pVal: "5ec2e75ec2e7" }] } }] } },
                  fIsNCPrefix: 1,
                },
              ],
            },
          },
        },
      },
    },
    {
      uuid: "86d35949-83c9-4044-b424-db363231fd0c",
      method: "SchRpcRegisterTask",
      request: { pCreds: [{ userId: "D\\jmarek", password: "5ec2e7 word", flags: 1 }] },
    },
  ];
  for (const one of cases) {
    const shown = JSON.stringify(redacted(one));
    assert.doesNotMatch(shown, /5ec2e7/, one.method);
  }
  const trusted = redacted(cases[2]!);
  assert.match(JSON.stringify(trusted.readable), /TRUST_AUTH_TYPE_CLEAR/);
  assert.match(JSON.stringify(trusted.readable), /AuthInfo":"<secret-\d>"/);
  // What is no secret stays.
  assert.match(JSON.stringify(redacted(cases[3]!)), /"UserFlags":32/);
  assert.match(JSON.stringify(redacted(cases[4]!)), /"attrTyp":589914/);
  assert.match(JSON.stringify(redacted(cases[5]!)), /"fIsNCPrefix":1/);
});

test("what is said of a password is not hidden with it", () => {
  const readable = {
    request: {},
    response: {
      "Buffer.All.PasswordLastSet": "2017-10-08T23:03:46.8593750Z",
      "Buffer.Password.MaxPasswordAge": "42 days",
      "Buffer.All.LmOwfPassword": "5ec2e7",
    },
  };
  const shown = redacted({
    uuid: "12345778-1234-abcd-ef00-0123456789ac",
    method: "SamrQueryInformationUser2",
    readable,
  });
  assert.equal(shown.readable?.response["Buffer.All.PasswordLastSet"], "2017-10-08T23:03:46.8593750Z");
  assert.match(String(shown.readable?.response["Buffer.All.LmOwfPassword"]), /^<secret-\d>$/);
});
