/** [MS-TSCH] 2.5: what is read out of a task's definition. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readTask } from "../../../dissectors/tsch/task-xml.js";
import { assertLinear } from "../../support/growth.js";

const WHOLE = `<?xml version="1.0" encoding="UTF-16"?>
<!-- <Task> of ours -->
<Task version="1.4" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Author>CONTOSO\\helga.desk</Author><URI>\\Updates &amp; more</URI></RegistrationInfo>
  <Triggers>
    <LogonTrigger><Enabled>true</Enabled></LogonTrigger>
    <CalendarTrigger><StartBoundary>2024-06-03T09:45:00</StartBoundary>
      <ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay></CalendarTrigger>
    <BootTrigger/>
  </Triggers>
  <Principals><Principal id="Author"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>
  <Settings><Hidden>true</Hidden><IdleSettings><StopOnIdleEnd>true</StopOnIdleEnd></IdleSettings></Settings>
  <Actions Context="Author">
    <Exec><Command>cmd.exe</Command><Arguments>/c echo 1 &gt; a &#x26; dir <![CDATA[<all>]]></Arguments></Exec>
    <ComHandler><ClassId>{11111111-2222-3333-4444-555555555555}</ClassId><Data/></ComHandler>
  </Actions>
</Task>`;

test("who, when, as whom, and what", () => {
  assert.deepEqual(readTask(WHOLE), {
    registration: { Author: "CONTOSO\\helga.desk", URI: "\\Updates & more" },
    principal: { UserId: "S-1-5-18", RunLevel: "HighestAvailable" },
    triggers: [
      { kind: "LogonTrigger", fields: { Enabled: "true" } },
      { kind: "CalendarTrigger", fields: { StartBoundary: "2024-06-03T09:45:00" } },
      { kind: "BootTrigger", fields: {} },
    ],
    actions: [
      { kind: "Exec", fields: { Command: "cmd.exe", Arguments: "/c echo 1 > a & dir <all>" } },
      { kind: "ComHandler", fields: { ClassId: "{11111111-2222-3333-4444-555555555555}" } },
    ],
    settings: { Hidden: "true" },
    incomplete: false,
  });
});

test("names with a prefix are the same names", () => {
  const task = readTask(`<t:Task><t:Actions><t:Exec><t:Command>a</t:Command></t:Exec></t:Actions></t:Task>`);
  assert.deepEqual(task?.actions, [{ kind: "Exec", fields: { Command: "a" } }]);
});

test("cut anywhere: what stood before is kept, and that it breaks off is said", () => {
  for (let end = 0; end < WHOLE.length - 7; end++) {
    const task = readTask(WHOLE.slice(0, end));
    if (task !== null) assert.ok(task.incomplete, String(end));
  }
  const task = readTask(WHOLE.slice(0, WHOLE.indexOf("<Settings>")))!;
  assert.equal(task.principal.RunLevel, "HighestAvailable");
  assert.equal(task.triggers.length, 3);
});

test("what is no task is none", () => {
  for (const text of ["", "Task", "<a><Task/></a>", "<!-- Task -->", "<?xml version='1.0'?>", "<"]) {
    assert.equal(readTask(text), null, text);
  }
  assert.equal(readTask("<Task/>")?.incomplete, false);
});

test("names that mean something to JavaScript", () => {
  const task = readTask(
    "<Task><Settings><__proto__>x</__proto__><constructor>y</constructor></Settings></Task>",
  )!;
  assert.deepEqual(Object.entries(task.settings), [["constructor", "y"]]);
});

test("more of anything than a task may have is not kept", () => {
  const many = `<Task><Actions>${"<Exec><Command>a</Command></Exec>".repeat(100)}</Actions></Task>`;
  assert.deepEqual([readTask(many)!.actions.length, readTask(many)!.incomplete], [64, true]);
  const deep = `<Task>${"<a>".repeat(1000)}${"</a>".repeat(1000)}</Task>`;
  assert.equal(readTask(deep)!.incomplete, true);
  for (const piece of ["<Exec>", "<Exec/>", "&amp;", "<![CDATA[x]]>", "<!---->", "&#1", "<x></x>", "]]>"]) {
    assertLinear((n) => {
      const text = `<Task><Actions>${piece.repeat(n)}`;
      return () => void readTask(text);
    }, 20_000);
  }
});
