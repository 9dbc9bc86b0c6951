"""Decodes stubs with impacket: a second outside judge of the lab's encoders.

Standard input: a JSON array of {"what", "hex"}. Standard output: an array of the values that impacket found.
"""
import json
import sys

from impacket import ntlm
from impacket.dcerpc.v5 import dcomrt
from impacket.dcerpc.v5.dcom import oaut
from impacket.dcerpc.v5.dcomrt import DCOMANSWER, DCOMCALL, OBJREF_CUSTOM, OBJREF_STANDARD, PMInterfacePointer
from impacket.dcerpc.v5.dtypes import LONG, LPWSTR, SHORT
from impacket.uuid import bin_to_string

error_status_t = dcomrt.error_status_t


class RemoteConnectionParms(DCOMCALL):
    structure = (
        ("bstrUserName", oaut.BSTR),
        ("bstrDomainName", oaut.BSTR),
        ("lSessionID", LONG),
        ("bstrUserHelpBlob", oaut.BSTR),
    )


class BstrAnswer(DCOMANSWER):
    structure = (("value", oaut.BSTR), ("ErrorCode", error_status_t))


class InterfaceAnswer(DCOMANSWER):
    structure = (("value", PMInterfacePointer), ("ErrorCode", error_status_t))


class VariantAnswer(DCOMANSWER):
    structure = (("value", oaut.VARIANT), ("ErrorCode", error_status_t))


class StateAnswer(DCOMANSWER):
    structure = (("value", SHORT), ("ErrorCode", error_status_t))


class GetSessionInfoAnswer(DCOMANSWER):
    structure = (("UserNames", oaut.PSAFEARRAY), ("Count", LONG), ("ErrorCode", error_status_t))


class GetNoviceUserInfoAnswer(DCOMANSWER):
    structure = (("szName", LPWSTR), ("ErrorCode", error_status_t))


def octets(pointer):
    return b"".join(pointer["abData"])


def guid(raw):
    return bin_to_string(raw).lower()


def standard(raw):
    ref = OBJREF_STANDARD(raw)
    std = ref["std"]
    return {
        "iid": guid(ref["iid"]),
        "oxid": "%016x" % std["oxid"],
        "oid": "%016x" % std["oid"],
        "ipid": guid(std["ipid"]),
        "public_refs": std["cPublicRefs"],
    }


def properties(raw):
    """Name -> octets of every activation property, each with its serialization headers."""
    custom = OBJREF_CUSTOM(raw)
    blob = dcomrt.ACTIVATION_BLOB(custom["pObjectData"])
    found, at = {}, 0
    for clsid, size in zip(blob["CustomHeader"]["pclsid"], blob["CustomHeader"]["pSizes"]):
        found[guid(clsid["Data"] if hasattr(clsid, "fields") else clsid)] = blob["Property"][at : at + size["Data"]]
        at += size["Data"]
    return custom, blob, found


def serialized(kind, raw):
    """Type serialization 1: the structure, then what its pointers point at."""
    value = kind()
    value.fromStringReferents(raw[value.fromString(raw) :])
    return value


def text(bstr):
    return None if bstr["cBytes"] == 0xFFFFFFFF else bstr["asData"]


def remote_connection_parms(raw):
    call = RemoteConnectionParms(raw)
    return [
        call["ORPCthis"]["version"]["MajorVersion"],
        guid(call["ORPCthis"]["cid"]),
        text(call["bstrUserName"]),
        text(call["bstrDomainName"]),
        call["lSessionID"],
        text(call["bstrUserHelpBlob"]),
    ]


def session_info(raw):
    answer = GetSessionInfoAnswer(raw)
    array = answer["UserNames"]
    names = [text(b) for b in array["uArrayStructs"]["BstrStr"]["aBstr"]]
    bounds = [[b["cElements"], b["lLbound"]] for b in array["rgsabound"]]
    return [array["cDims"], array["fFeatures"], bounds, names, answer["Count"], answer["ErrorCode"]]


def activation_in(raw):
    call = dcomrt.RemoteGetClassObject(raw)
    _, _, found = properties(octets(call["pActProperties"]))
    special = dcomrt.SpecialPropertiesData(found["000001b9-0000-0000-c000-000000000046"])
    instance = dcomrt.InstantiationInfoData(found["000001ab-0000-0000-c000-000000000046"])
    return [
        sorted(found),
        special["dwSessionId"],
        special["fRemoteThisSessionId"],
        guid(instance["classId"]),
        instance["cIID"],
        instance["thisSize"],
    ]


def activation_out(raw):
    answer = dcomrt.RemoteGetClassObjectResponse(raw)
    _, _, found = properties(octets(answer["ppActProperties"]))
    reply = serialized(dcomrt.ScmReplyInfoData, found["000001b6-0000-0000-c000-000000000046"])
    remote = reply["remoteReply"]
    out = serialized(dcomrt.PropsOutInfo, found["00000339-0000-0000-c000-000000000046"])
    strings = "".join(chr(c) for c in remote["pdsaOxidBindings"]["aStringArray"])
    return [
        "%016x" % remote["Oxid"],
        guid(remote["ipidRemUnknown"]),
        remote["authnHint"],
        strings.split("\0")[0][1:],
        standard(octets(out["ppIntfData"][0])),
        answer["ErrorCode"],
    ]


def remote_activation(raw):
    answer = dcomrt.RemoteActivationResponse(raw)
    return ["%016x" % answer["pOxid"], guid(answer["pipidRemUnknown"]), answer["pAuthnHint"], answer["phr"]]


def query(raw):
    answer = dcomrt.RemQueryInterfaceResponse(raw)
    std = answer["ppQIResults"]["std"]
    return ["%016x" % std["oxid"], "%016x" % std["oid"], guid(std["ipid"]), answer["ErrorCode"]]


def variant(raw):
    answer = VariantAnswer(raw)
    value = answer["value"]
    return [value["vt"], standard(octets(value["_varUnion"]["pdispVal"])), answer["ErrorCode"]]


def ids_of_names(raw):
    call = oaut.IDispatch_GetIDsOfNames(raw)
    return [[name["Data"] if hasattr(name, "fields") else name for name in call["rgszNames"]], call["cNames"]]


def invoke(raw):
    call = oaut.IDispatch_Invoke(raw)
    arguments = []
    for argument in call["pDispParams"]["rgvarg"]:
        union = argument["_varUnion"]
        arguments.append(text(union["bstrVal"]) if argument["vt"] == 8 else union["lVal"])
    return [call["dispIdMember"], call["dwFlags"], arguments]


def invoke_answer(raw):
    answer = oaut.IDispatch_InvokeResponse(raw)
    exception = answer["pExcepInfo"]
    return [answer["pVarResult"]["vt"], text(exception["bstrDescription"]), exception["scode"] & 0xFFFFFFFF]


def ntlm_keys(raw):
    """Exported session key -> signing and sealing keys of client and server."""
    flags = 0xE2888235
    made = []
    for mode in ("Client", "Server"):
        made.append(ntlm.SIGNKEY(flags, raw, mode).hex())
        made.append(ntlm.SEALKEY(flags, raw, mode).hex())
    return made


def state(raw):
    return StateAnswer(raw)["value"]


def novice(raw):
    return GetNoviceUserInfoAnswer(raw)["szName"]


def bstr_answer(raw):
    return text(BstrAnswer(raw)["value"])


def interface(raw):
    return standard(octets(InterfaceAnswer(raw)["value"]))


json.dump([globals()[task["what"]](bytes.fromhex(task["hex"])) for task in json.load(sys.stdin)], sys.stdout)
