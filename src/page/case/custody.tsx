/** The custody block: where all of a report comes from, and what is missing of it. */
import type { ComponentChildren, JSX } from "preact";
import { grouped, size } from "../../output/format.js";
import { visible } from "../../output/visible.js";
import type { Custody, CustodyInput, Manifest } from "../../report/model.js";

interface CustodyProps {
  custody: Custody;
  manifest: Manifest;
  /** Saves the capture inside. */
  onSave: () => void;
}

export function CustodyBlock({ custody, manifest, onSave }: CustodyProps): JSX.Element {
  const { inputs, refused, frames, calls, missing, limits, options, secrets } = custody;
  return (
    <section class="custody" aria-labelledby="custody-title">
      <h2 id="custody-title">Custody</h2>
      <div class="card">
        <table class="inputs">
          <thead>
            <tr>
              <th scope="col">Input</th>
              <th scope="col">Bytes</th>
              <th scope="col">Frames</th>
              <th scope="col">Time span (UTC)</th>
              <th scope="col">Read completely</th>
            </tr>
          </thead>
          <tbody>
            {inputs.map((input) => (
              <Input key={input.name} input={input} />
            ))}
            {refused.map(({ name, reason }) => (
              <tr key={name}>
                <th scope="row">{visible(name)}</th>
                <td colSpan={3} />
                <td>
                  <strong>not read:</strong> {visible(reason)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <dl>
          <Fact name="Frames">
            <Sum
              total={frames.read + frames.passed}
              parts={[
                [frames.rpc, "of conversations with DCE/RPC"],
                [frames.other, "of other conversations"],
                [frames.none, "of none"],
                [frames.passed, "passed over as the options ask"],
              ]}
            />
          </Fact>
          <Fact name="Calls">
            <Sum
              total={calls.total}
              parts={Object.entries(calls.byStatus).map(([status, count]) => [
                count,
                status.replace("_", " "),
              ])}
            />
            {calls.shown < calls.total && ` · ${grouped(calls.shown)} of them are in this report`}
          </Fact>
          <Fact name="Requests, responses">
            <Sum
              total={2 * calls.total}
              parts={Object.entries(calls.sides).map(([state, count]) => [count, state])}
            />
          </Fact>
          <Fact name="Not decoded">
            {missing.length === 0 ? (
              "Nothing that was captured was left out."
            ) : (
              <ul>
                {missing.map(({ what, count, why }, at) => (
                  <li key={at}>
                    <strong>{grouped(count)}</strong> {what}: <span class="soft">{visible(why)}</span>
                  </li>
                ))}
              </ul>
            )}
          </Fact>
          {limits.length > 0 && <Fact name="Left out">{limits.map(visible).join(" ")}</Fact>}
          <Fact name="Names and secrets">
            {custody.redacted
              ? "Replaced by placeholders, and their bytes cut (**). Machines, domains, addresses and times are not."
              : "Included. Hand this report on as carefully as the capture."}
          </Fact>
          <Fact name="Secrets used">{secrets.length === 0 ? "none" : visible(secrets.join("; "))}</Fact>
          <Fact name="Options">
            {options.length === 0 ? "none" : <code>{visible(options.join("  "))}</code>}
          </Fact>
          <Fact name="Made">
            {custody.made} by {custody.program}
          </Fact>
          <Fact name="Call log inside">
            {grouped(manifest.records.lines)} records, {size(manifest.records.bytes)}, SHA-256{" "}
            <code class="sum">{manifest.records.sha256}</code>
            <span class="soft"> · raiscope report --extract gives it back</span>
          </Fact>
          {manifest.packets !== null && (
            <Fact name="Capture inside">
              {grouped(manifest.packets.frames)} frames, {size(manifest.packets.bytes)}, SHA-256{" "}
              <code class="sum">{manifest.packets.sha256}</code>{" "}
              <button type="button" class="save" onClick={onSave}>
                Save {manifest.packets.name}
              </button>
            </Fact>
          )}
        </dl>
      </div>
    </section>
  );
}

function Input({ input }: { input: CustodyInput }): JSX.Element {
  const { name, kind, bytes, sha256, frames, first, last, incomplete } = input;
  return (
    <>
      <tr>
        <th scope="row">{visible(name)}</th>
        <td class="number">{grouped(bytes)}</td>
        <td class="number">{kind === "call log" ? "call log" : grouped(frames)}</td>
        <td>{first === null ? "—" : `${first} to ${last}`}</td>
        <td class={incomplete === null ? "good" : "bad"}>
          {incomplete === null ? "✓ yes" : `✕ no: ${visible(incomplete)}`}
        </td>
      </tr>
      <tr class="sum-row">
        <td colSpan={5}>
          SHA-256 <code class="sum">{sha256}</code>
        </td>
      </tr>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A number and what it is made of. */
function Sum({
  total,
  parts,
}: {
  total: number;
  parts: readonly (readonly [number, string])[];
}): JSX.Element {
  const shown = parts.filter(([count]) => count > 0).map(([count, what]) => `${grouped(count)} ${what}`);
  return (
    <>
      <strong>{grouped(total)}</strong>
      {shown.length > 0 && ` = ${shown.join(" + ")}`}
    </>
  );
}
