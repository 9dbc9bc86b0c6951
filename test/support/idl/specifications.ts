/**
 * What reading the full IDL of 36 specifications finds, as printed. What is reported is the file's fault; the places
 * were looked at one by one:
 * - prose, tables or pieces of comments left by the page (DFSNM 2, LSAD 2, SWN 2, TSTS 1248, 1381, 1711)
 * - list marks at the start of lines (DNSP, EFSR 77, LSAD, SAMR, UAMG 2)
 * - imports of what is not here, and the types that they would have brought (ICPR, MQMP)
 * - pipes and bit-fields, which are no data of a call (EFSR 10, TSTS)
 * - prose before the first declaration (VDS 2)
 * - names that state a number one too high, in all of UAMG
 */

/** Interfaces, methods with the inherited ones, and where something is reported. */
export const EXPECTED: { [file: string]: [interfaces: number, methods: number, places: string] } = {
  "MS-COM.idl": [1, 7, ""],
  "MS-COMA.idl": [18, 124, ""],
  "MS-CSRA.idl": [2, 80, ""],
  "MS-DCOM.idl": [6, 28, ""],
  "MS-DFSNM.idl": [1, 26, "2:1"],
  "MS-DNSP.idl": [1, 19, "1303:1"],
  "MS-DRSR.idl": [2, 33, ""],
  "MS-DTYP.idl": [0, 0, ""],
  "MS-EFSR.idl": [1, 45, "10:9 77:1"],
  "MS-EVEN6.idl": [1, 29, ""],
  "MS-FSRM.idl": [49, 1048, ""],
  "MS-FSRVP.idl": [1, 13, ""],
  "MS-GKDI.idl": [1, 1, ""],
  "MS-ICPR.idl": [1, 1, "4:8 17:17"],
  "MS-IISS.idl": [1, 12, ""],
  "MS-LSAD.idl": [1, 142, "2:1 18:1 191:1 225:1 233:1 292:1 449:1 1099:1 1109:1 1120:1 1199:1"],
  "MS-MQMP.idl": [2, 39, "9:8 13:8 70:1 119:1 160:14 196:20"],
  "MS-NSPI.idl": [1, 21, ""],
  "MS-OAUT.idl": [7, 108, ""],
  "MS-PAR.idl": [1, 75, ""],
  "MS-PLA.idl": [18, 561, ""],
  "MS-RAA.idl": [1, 7, ""],
  "MS-RAI.idl": [4, 56, ""],
  "MS-RPRN.idl": [1, 124, ""],
  "MS-RRP.idl": [1, 36, ""],
  "MS-SAMR.idl": [1, 78, "367:1 1249:1 1256:1"],
  "MS-SCMR.idl": [1, 65, ""],
  "MS-SRVS.idl": [1, 58, ""],
  "MS-SWN.idl": [1, 6, "2:1"],
  "MS-TPMVSC.idl": [4, 23, ""],
  "MS-TRP.idl": [2, 6, ""],
  "MS-TSTS.idl": [8, 133, "1083:26 1187:25 1248:1 1287:24 1307:29 1317:28 1381:1 1403:25 1497:16 1711:1"],
  "MS-UAMG.idl": [
    44,
    1107,
    "2:1 266:11 267:11 268:11 269:11 270:11 271:11 660:11 787:11 794:11 894:11 1068:11 1188:11 1495:11 1496:11 1620:11 1621:11 1627:11 1628:11 1864:11 1875:11",
  ],
  "MS-VDS.idl": [42, 279, "2:1 2:60"],
  "MS-WKST.idl": [1, 38, ""],
  "MS-WMI.idl": [15, 102, ""],
};
