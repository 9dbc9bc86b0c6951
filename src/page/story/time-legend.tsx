/** What the marks of a time line mean: each has a shape of its own. */
import type { JSX } from "preact";

const SHAPES: readonly { name: string; shape: JSX.Element }[] = [
  { name: "call", shape: <rect class="st-g-ok" x={2} y={6} width={16} height={8} /> },
  {
    name: "how many",
    shape: <path class="st-g-ok" d="M3 18v-6h2v6zm3 0v-11h2v11zm3 0v-15h2v15zm3 0v-8h2v8z" />,
  },
  { name: "error", shape: <path class="st-g-bad st-g-open" d="M6 6l8 8m0 -8l-8 8" /> },
  { name: "fault", shape: <path class="st-g-bad st-g-open" d="M10 4l6 6l-6 6l-6 -6zM10 7v3.5m0 1.5v1" /> },
  { name: "no answer", shape: <circle class="st-g-warn st-g-open" cx={10} cy={10} r={4} /> },
  { name: "request not captured", shape: <path class="st-g-warn st-g-open" d="M10 6a4 4 0 0 0 0 8" /> },
  {
    name: "outcome not read",
    shape: (
      <text class="st-g-seal" x={10} y={14} text-anchor="middle">
        ?
      </text>
    ),
  },
  {
    name: "bytes missing",
    shape: <path class="st-g-warn st-g-open" d="M2 17l6 -14m-2 14l6 -14m-2 14l6 -14" />,
  },
  { name: "finding", shape: <path class="st-g-bad" d="M5 2h2l9 4l-9 4v9h-2z" /> },
];

export function TimeLegend(): JSX.Element {
  return (
    <ul class="st-legend">
      {SHAPES.map(({ name, shape }) => (
        <li key={name}>
          <svg width={20} height={20} aria-hidden="true">
            {shape}
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}
