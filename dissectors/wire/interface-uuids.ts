/**
 * UUIDs of interfaces that several tables speak of, by the names that their specifications give them. Those of DCOM and of
 * Remote Assistance, and the endpoint mapper's, stand with their protocols.
 */
import type { Guid } from "./guid.js";

/** [MS-SCMR] */
export const SVCCTL: Guid = "367abb81-9844-35f1-ad32-98f038001003";
/** [MS-TSCH] */
export const ITASKSCHEDULERSERVICE: Guid = "86d35949-83c9-4044-b424-db363231fd0c";
export const ATSVC: Guid = "1ff70682-0a51-30e8-076d-740be8cee98b";
export const SASEC: Guid = "378e52b0-c0a9-11cf-822d-00aa0051e40f";
/** [MS-RRP] */
export const WINREG: Guid = "338cd001-2244-31f1-aaaa-900038001003";
/** [MS-SAMR] */
export const SAMR: Guid = "12345778-1234-abcd-ef00-0123456789ac";
/** [MS-LSAD] and [MS-LSAT] */
export const LSARPC: Guid = "12345778-1234-abcd-ef00-0123456789ab";
/** [MS-NRPC] */
export const LOGON: Guid = "12345678-1234-abcd-ef00-01234567cffb";
/** [MS-DRSR] */
export const DRSUAPI: Guid = "e3514235-4b06-11d1-ab04-00c04fc2dcd2";
/** [MS-EFSR], on two endpoints */
export const EFSRPC_LSARPC: Guid = "c681d488-d850-11d0-8c52-00c04fd90f7e";
export const EFSRPC: Guid = "df1941c5-fe89-4e79-bf10-463657acf44d";
/** [MS-RPRN] */
export const WINSPOOL: Guid = "12345678-1234-abcd-ef00-0123456789ab";
/** [MS-PAR] */
export const IREMOTEWINSPOOL: Guid = "76f03f96-cdfd-44fc-a22c-64950a001209";
/** [MS-DFSNM] */
export const NETDFS: Guid = "4fc742e0-4a10-11cf-8273-00aa004ae673";
/** [MS-BKRP] */
export const BACKUPKEY: Guid = "3dde7c30-165d-11d1-ab8f-00805f14db40";
/** [MS-DSSP] */
export const DSSETUP: Guid = "3919286a-b10c-11d0-9ba8-00c04fd92ef5";
/** [MS-ICPR] */
export const ICERTPASSAGE: Guid = "91ae6020-9e3c-11cf-8d7c-00aa00c091be";
/** [MS-EVEN] */
export const EVENTLOG: Guid = "82273fdc-e32a-18c3-3f78-827929dc23ea";
/** [MS-EVEN6] */
export const IEVENTSERVICE: Guid = "f6beaff7-1e19-4fbb-9f8f-b89e2018337c";
/** [MS-DNSP] */
export const DNSSERVER: Guid = "50abc2a4-574d-40b3-9d66-ee4fd5fba076";
/** [MS-SRVS] */
export const SRVSVC: Guid = "4b324fc8-1670-01d3-1278-5a47bf6ee188";
/** [MS-WKST] */
export const WKSSVC: Guid = "6bffd098-a112-3610-9833-46c3f87e345a";
/** [MS-RSP] */
export const INITSHUTDOWN: Guid = "894de0c0-0d55-11d3-a322-00c04fa321a1";
export const WINDOWSSHUTDOWN: Guid = "d95afe70-a6d5-4259-822e-2c84da1ddb0d";
/** [MS-WMI] */
export const IWBEMSERVICES: Guid = "9556dc99-828c-11cf-a37e-00aa003240c7";
export const IWBEMLEVEL1LOGIN: Guid = "f309ad18-d86a-11d0-a075-00c04fb68820";
export const IWBEMLOGINCLIENTID: Guid = "d4781cd6-e5d3-44df-ad94-930efe48a887";
export const IWBEMLOGINCLIENTIDEX: Guid = "9f6c78ef-fce5-42fa-abea-3e7df91921dc";
export const IWBEMOBJECTSINK: Guid = "7c857801-7381-11cf-884d-00aa004b2e24";
export const IENUMWBEMCLASSOBJECT: Guid = "027947e1-d731-11ce-a357-000000000001";
export const IWBEMCALLRESULT: Guid = "44aca675-e8fc-11d0-a07c-00c04fb68820";
export const IWBEMFETCHSMARTENUM: Guid = "1c1c45ee-4395-11d2-b60b-00104b703efd";
export const IWBEMWCOSMARTENUM: Guid = "423ec01e-2e35-11d2-b604-00104b703efd";
/** [MS-OAUT], also the class of its marshaler */
export const IRECORDINFO: Guid = "0000002f-0000-0000-c000-000000000046";
/** [MS-MSRP] */
export const MSGSVCSEND: Guid = "5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc";
