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
