/** The interfaces that DCOM itself is made of, by UUID: [MS-DCOM] 1.9, [MS-OAUT] 1.9. */
import type { Guid } from "../wire/guid.js";

export const IUNKNOWN: Guid = "00000000-0000-0000-c000-000000000046";
export const ICLASSFACTORY: Guid = "00000001-0000-0000-c000-000000000046";
export const IDISPATCH: Guid = "00020400-0000-0000-c000-000000000046";
export const IENUMVARIANT: Guid = "00020404-0000-0000-c000-000000000046";
export const IREMUNKNOWN: Guid = "00000131-0000-0000-c000-000000000046";
export const IREMUNKNOWN2: Guid = "00000143-0000-0000-c000-000000000046";
export const IACTIVATION: Guid = "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57";
export const IREMOTESCMACTIVATOR: Guid = "000001a0-0000-0000-c000-000000000046";
export const IOBJECTEXPORTER: Guid = "99fcfec4-5260-101b-bbcb-00aa0021347a";
/** What says which members a type has; the last one is of ocidl.idl. */
export const ITYPEINFO: Guid = "00020401-0000-0000-c000-000000000046";
export const ITYPELIB: Guid = "00020402-0000-0000-c000-000000000046";
export const ITYPECOMP: Guid = "00020403-0000-0000-c000-000000000046";
export const ITYPELIB2: Guid = "00020411-0000-0000-c000-000000000046";
export const ITYPEINFO2: Guid = "00020412-0000-0000-c000-000000000046";
export const IPROVIDECLASSINFO: Guid = "b196b283-bab4-101a-b69c-00aa00341d07";
