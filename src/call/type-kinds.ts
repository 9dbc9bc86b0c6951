/** [MS-OAUT] 2.2.14: INVOKEKINDs, which add up. */
export const INVOKE_FUNC = 1;
export const INVOKE_PROPERTYGET = 2;
export const INVOKE_PROPERTYPUT = 4;
