/** SIDs as SDDL writes them: by the aliases that stand for one SID everywhere. [MS-DTYP] 2.5.1.1. */

/** Without those of a domain's accounts and groups. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  (
    "WD=1-0 CO=3-0 CG=3-1 OW=3-4 NU=5-2 IU=5-4 SU=5-6 AN=5-7 ED=5-9 PS=5-10 AU=5-11 RC=5-12 SY=5-18 LS=5-19 NS=5-20 WR=5-33 " +
    "BA=5-32-544 BU=5-32-545 BG=5-32-546 PU=5-32-547 AO=5-32-548 SO=5-32-549 PO=5-32-550 BO=5-32-551 RE=5-32-552 " +
    "RU=5-32-554 RD=5-32-555 NO=5-32-556 MU=5-32-558 LU=5-32-559 IS=5-32-568 CY=5-32-569 ER=5-32-573 CD=5-32-574 " +
    "RA=5-32-575 ES=5-32-576 MS=5-32-577 HA=5-32-578 AA=5-32-579 RM=5-32-580 UD=5-84-0-0-0-0-0 AC=15-2-1 " +
    "LW=16-4096 ME=16-8192 MP=16-8448 HI=16-12288 SI=16-16384"
  )
    .split(" ")
    .map((row) => [`S-1-${row.slice(3)}`, row.slice(0, 2)]),
);

/** A SID as SDDL writes it. */
export function sddlSid(sid: string): string {
  return ALIASES.get(sid) ?? sid;
}
