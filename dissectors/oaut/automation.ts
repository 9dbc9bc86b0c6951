/**
 * What the objects are that Explorer's automation interfaces return: their IDL says IDispatch, their documentation says more.
 * An object is recognised by an interface that it has at least; whether it has it, only a member that fits can confirm.
 */
import type { Guid } from "../wire/guid.js";

const SHELL_WINDOWS: Guid = "85cb6900-4d95-11cf-960c-0080c7f4ee85";
const WEB_BROWSER: Guid = "eab22ac1-30c1-11cf-a7eb-0000c05bae0b";
const WEB_BROWSER_2: Guid = "d30c1661-cdaf-11d0-8a3e-00c04fc9e26e";
const FOLDER_VIEW: Guid = "e7a1af80-4d96-11cf-960c-0080c7f4ee85";
const FOLDER_VIEW_3: Guid = "29ec8e6c-46d3-411f-baaa-611a6c9cac66";
const SHELL: Guid = "d8f015c0-c278-11ce-a49e-444553540000";
const SHELL_6: Guid = "286e6f1b-7113-4355-9562-96b7e9d64c54";

const INTERNET_EXPLORER: Guid = "0002df01-0000-0000-c000-000000000046";
const DISPID_DOCUMENT = 203;

/** By the interface that declares the member, and its DISPID. The newest interface has the members of all before it. */
const RESULTS: ReadonlyMap<string, Guid> = new Map([
  [`${SHELL_WINDOWS} 0`, WEB_BROWSER_2], // Item: "an InternetExplorer object that represents the Shell window"
  [`${WEB_BROWSER} 200`, WEB_BROWSER_2], // Application: the browser itself
  [`${WEB_BROWSER} ${DISPID_DOCUMENT}`, FOLDER_VIEW_3], // Document of a window that shows a folder: its ShellFolderView
  [`${FOLDER_VIEW} ${0x60020000}`, SHELL_6], // Application: "the Shell object"
  [`${SHELL} ${0x60020000}`, SHELL_6], // Application
  [`${SHELL} ${0x60020004}`, SHELL_WINDOWS], // Windows: "a ShellWindows object"
]);

/** The interface of what the member `dispid` of the interface `declarer` returns, on an object of class `clsid`; or null. */
export function documentedResult(declarer: Guid, dispid: number, clsid: Guid | null): Guid | null {
  // Internet Explorer shows pages.
  if (clsid === INTERNET_EXPLORER && dispid === DISPID_DOCUMENT) return null;
  return RESULTS.get(`${declarer} ${dispid >>> 0}`) ?? null;
}
