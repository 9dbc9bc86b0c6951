/** Statuses that say how an exchange goes on, [MS-ERREF] 2.3.1. All others are successes or failures by their severity. */

export const STATUS_SUCCESS = 0;
/** The final answer comes later. */
export const STATUS_PENDING = 0x103;
/** There is more than the client had room for. */
export const STATUS_BUFFER_OVERFLOW = 0x80000005;
/** The session setup goes on. */
export const STATUS_MORE_PROCESSING_REQUIRED = 0xc0000016;
