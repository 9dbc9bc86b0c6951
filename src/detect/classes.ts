/**
 * Classes that are made from afar to run something, by the ProgIDs and names under which they are known, as far as no IDL of
 * the program's describes them. Facts of the Windows registry and of published research on DCOM.
 */
const CLASSES: { readonly [clsid: string]: string } = {
  "00021a20-0000-0000-c000-000000000046": "Visio.Application",
  "91493441-5a91-11cf-8700-00aa0060263b": "PowerPoint.Application",
  "73fddc80-aea9-101a-98a7-00aa00374959": "WordPad.Document.1",
  "3050f4d8-98b5-11cf-bb82-00aa00bdce0b": "htafile",
  "d5e8041d-920f-45e9-b8fb-b1deb82c6e5e": "InternetExplorer.ApplicationMedium",
  "72c24dd5-d70a-438b-8a42-98424b88afb8": "WScript.Shell",
  "f935dc22-1cf0-11d0-adb9-00c04fd58a0b": "WScript.Shell.1",
  "0f87369f-a4e5-4cfc-bd3e-73e6154572dd": "Schedule.Service",
  "8bc3f05e-d86b-11d0-a075-00c04fb68820": "WbemLevel1Login (WMI)",
  "4991d34b-80a1-4291-83b6-3328366b9097": "BackgroundCopyManager (BITS)",
  "4cb43d7f-7eee-4906-8698-60da1c38f2fe": "Microsoft.Update.Session",
  "7d1933cb-86f6-4a98-8628-01be94c9a575": "VirtualDiskService",
  "72566e27-1abb-4eb3-b4f0-eb431cb1cb32": "WaaSRemediationAgent",
  "000c101c-0000-0000-c000-000000000046": "Windows Installer (MSI server)",
  "0002ce02-0000-0000-c000-000000000046": "Equation.3",
};

/** The name of a class that is known for what is done with it; null of others. */
export function classKnownAs(clsid: string): string | null {
  return CLASSES[clsid] ?? null;
}
