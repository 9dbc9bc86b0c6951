/** [MS-DCOM]: activation and references, [MS-WMI]: flags of its methods, [MS-ICPR]: requests for certificates. */

import { IACTIVATION, IOBJECTEXPORTER, IREMUNKNOWN, IREMUNKNOWN2 } from "../../dcom/iids.js";
import * as uuids from "../../wire/interface-uuids.js";
import type { Names } from "../place.js";
import { flags, oneOf } from "../tables.js";

/** [C706] Appendix I and [MS-DCOM] 2.2.19: protocol identifiers of towers. */
const PROTOCOL_SEQUENCE = oneOf(
  "ncacn_ip_tcp=7 ncadg_ip_udp=8 ncacn_np=15 ncacn_spx=12 ncadg_ipx=14 ncacn_nb_tcp=18 ncacn_http=31 ncalrpc=16",
);
/** [MS-RPCE] 2.2.1.1.8 */
const AUTHN_LEVEL = oneOf(
  "RPC_C_AUTHN_LEVEL_DEFAULT=0 RPC_C_AUTHN_LEVEL_NONE=1 RPC_C_AUTHN_LEVEL_CONNECT=2 RPC_C_AUTHN_LEVEL_CALL=3 " +
    "RPC_C_AUTHN_LEVEL_PKT=4 RPC_C_AUTHN_LEVEL_PKT_INTEGRITY=5 RPC_C_AUTHN_LEVEL_PKT_PRIVACY=6",
);
/** 2.2.18.2 STDOBJREF */
const REFERENCE = flags("SORF_NOPING=0x1000");

/** IActivation and IObjectExporter; IRemUnknown and IRemUnknown2. */
export const DCOM: Names = {
  uuids: [IACTIVATION, IOBJECTEXPORTER, IREMUNKNOWN, IREMUNKNOWN2],
  of: {
    aRequestedProtseqs: PROTOCOL_SEQUENCE,
    arRequestedProtseqs: PROTOCOL_SEQUENCE,
    pAuthnHint: AUTHN_LEVEL,
    "STDOBJREF.flags": REFERENCE,
  },
};

/** [MS-WMI] 2.2.3 to 2.2.6: which bits a method may have says what they are. */
const COMMON =
  " WBEM_FLAG_RETURN_IMMEDIATELY=0x10 WBEM_FLAG_NO_ERROR_OBJECT=0x40 WBEM_FLAG_SEND_STATUS=0x80 " +
  "WBEM_FLAG_ENSURE_LOCATABLE=0x100 WBEM_FLAG_DIRECT_READ=0x200 WBEM_FLAG_USE_AMENDED_QUALIFIERS=0x20000 " +
  "WBEM_FLAG_STRONG_VALIDATION=0x100000";
const GENERIC = flags(`WBEM_FLAG_FORWARD_ONLY=0x20${COMMON}`);
const ENUMERATION = flags(`WBEM_FLAG_SHALLOW=0x1 WBEM_FLAG_FORWARD_ONLY=0x20${COMMON}`);
const QUERY = flags(`WBEM_FLAG_PROTOTYPE=0x2 WBEM_FLAG_FORWARD_ONLY=0x20${COMMON}`);
const CHANGE = flags(
  "WBEM_FLAG_UPDATE_ONLY=0x1 WBEM_FLAG_CREATE_ONLY=0x2 WBEM_FLAG_UPDATE_SAFE_MODE=0x20 WBEM_FLAG_UPDATE_FORCE_MODE=0x40 " +
    COMMON.replace("WBEM_FLAG_NO_ERROR_OBJECT=0x40 ", ""),
);
const CONNECT = flags("WBEM_FLAG_CONNECT_REPOSITORY_ONLY=0x40 WBEM_FLAG_CONNECT_PROVIDERS=0x100");
/** 3.1.4.2.1 IWbemObjectSink::SetStatus */
const STATUS = oneOf("WBEM_STATUS_COMPLETE=0 WBEM_STATUS_REQUIREMENTS=1 WBEM_STATUS_PROGRESS=2");
/** 3.1.4.4.1 */
const TIMEOUT = oneOf("WBEM_NO_WAIT=0 WBEM_INFINITE=0xffffffff");

export const WBEM: Names = {
  uuids: [
    uuids.IWBEMSERVICES,
    uuids.IWBEMLEVEL1LOGIN,
    uuids.IWBEMOBJECTSINK,
    uuids.IENUMWBEMCLASSOBJECT,
    uuids.IWBEMCALLRESULT,
    uuids.IWBEMWCOSMARTENUM,
  ],
  of: {
    "CreateClassEnum.lFlags": ENUMERATION,
    "CreateClassEnumAsync.lFlags": ENUMERATION,
    "CreateInstanceEnum.lFlags": ENUMERATION,
    "CreateInstanceEnumAsync.lFlags": ENUMERATION,
    "ExecQuery.lFlags": QUERY,
    "ExecQueryAsync.lFlags": QUERY,
    "ExecNotificationQuery.lFlags": QUERY,
    "ExecNotificationQueryAsync.lFlags": QUERY,
    "PutClass.lFlags": CHANGE,
    "PutClassAsync.lFlags": CHANGE,
    "PutInstance.lFlags": CHANGE,
    "PutInstanceAsync.lFlags": CHANGE,
    "NTLMLogin.lFlags": CONNECT,
    "SetStatus.lFlags": STATUS,
    lFlags: GENERIC,
    lTimeout: TIMEOUT,
  },
};

/** [MS-WCCE] 3.2.1.4.2.1.1 and 3.2.1.4.2.1.2 */
const REQUEST = flags(
  "CR_IN_ENCODEANY=0x0/0xff CR_IN_ENCODEBASE64HEADER=0x1/0xff CR_IN_PKCS10=0x100/0xff00 CR_IN_KEYGEN=0x200/0xff00 " +
    "CR_IN_PKCS7=0x300/0xff00 CR_IN_CMC=0x400/0xff00 CR_IN_RPC=0x20000 CR_IN_FULLRESPONSE=0x40000 CR_IN_CRLS=0x80000 " +
    "CR_IN_MACHINE=0x100000 CR_IN_ROBO=0x200000",
);
const DISPOSITION = oneOf(
  "CR_DISP_INCOMPLETE=0 CR_DISP_ERROR=1 CR_DISP_DENIED=2 CR_DISP_ISSUED=3 CR_DISP_ISSUED_OUT_OF_BAND=4 " +
    "CR_DISP_UNDER_SUBMISSION=5 CR_DISP_REVOKED=6",
);

export const ICPR: Names = {
  uuids: [uuids.ICERTPASSAGE, "d99e6e70-fc88-11d0-b498-00a0c90312f3"],
  of: { dwFlags: REQUEST, pdwDisposition: DISPOSITION },
};
