// Curves of events with the number at risk, and icon arrays of 100 people.

import {h, svg} from "./elements.js";

/** How the line of each plan is broken, so that colour is never all that tells them apart. */
export const DASHES = ["", "7 4", "9 3 2 3", "2 3", "12 4", "4 2 1 2"];
const SHAPES = [(x, y, r) => svg("circle", {cx: x, cy: y, r}), (x, y, r) => svg("rect", {x: x - r, y: y - r, width: 2 * r, height: 2 * r}),
  (x, y, r) => svg("path", {d: `M${x} ${y - r * 1.2}l${r * 1.2} ${r * 2.1}h${-r * 2.4}z`}), (x, y, r) => svg("path", {d: `M${x} ${y - r * 1.3}l${r * 1.3} ${r * 1.3}l${-r * 1.3} ${r * 1.3}l${-r * 1.3} ${-r * 1.3}z`})];

/** The line and mark of a plan. */
export function planMark(i, width = 34) {
  return svg("svg", {class: "mark", viewBox: `0 0 ${width} 12`, width, height: 12, "aria-hidden": "true"},
    svg("g", {class: `line p${i}`}, width > 14 ? svg("path", {d: `M0 6H${width}`, "stroke-dasharray": DASHES[i % 6]}) : null), svg("g", {class: `dot p${i}`}, SHAPES[i % 4](width / 2, 6, 3.6)));
}

/** One outcome month by month. lines: [{name, months: [[value, low, high]], at_risk}]. points: published, [{month, value, low, high, i}]. */
export function curves(title, lines, {months, unit = "of 100 people", points = [], most = 100, risk = "Twins still at risk"} = {}) {
  const W = 560, H = 250, left = 44, right = 14, top = 12, bottom = 42;
  const last = months ?? Math.max(...lines.map((l) => l.months.length - 1));
  const highest = Math.max(5, ...lines.flatMap((l) => l.months.map((m) => m[2] ?? m[0])), ...points.map((p) => p.high ?? p.value));
  const limit = most === 100 ? (highest > 55 ? 100 : Math.ceil((highest * 1.1) / 5) * 5) : most;
  const x = (m) => left + (m / Math.max(last, 1)) * (W - left - right);
  const y = (v) => top + (1 - v / limit) * (H - top - bottom);
  const step = [1, 3, 6, 12, 24].find((s) => last / s <= 7) || 24;
  const ticks = Array.from({length: Math.floor(last / step) + 1}, (_, k) => k * step);
  const levels = [0, 0.25, 0.5, 0.75, 1].map((s) => s * limit);
  const root = svg("svg", {viewBox: `0 0 ${W} ${H}`, class: "curves", role: "img", "aria-label": described(title, lines, ticks, unit)},
    levels.map((v) => svg("g", {class: "grid"}, svg("line", {x1: left, x2: W - right, y1: y(v), y2: y(v)}), svg("text", {x: left - 6, y: y(v) + 4, "text-anchor": "end"}, String(Math.round(v * 10) / 10)))),
    ticks.map((m) => svg("text", {x: x(m), y: H - bottom + 18, "text-anchor": "middle", class: "tick"}, String(m))),
    svg("text", {x: (left + W - right) / 2, y: H - 4, "text-anchor": "middle", class: "tick"}, `months · ${unit}`),
    lines.map((line, i) => {
      const shown = line.months.map((m, k) => [k, m]).filter(([, m]) => m && m[0] !== null);
      const up = shown.map(([k, m]) => `${x(k)} ${y(m[2] ?? m[0])}`), down = shown.map(([k, m]) => `${x(k)} ${y(m[1] ?? m[0])}`).reverse();
      return svg("g", null, shown.length > 1 && shown[0][1].length > 1 ? svg("path", {d: `M${[...up, ...down].join("L")}Z`, class: `range p${i}`}) : null,
        svg("path", {d: `M${shown.map(([k, m]) => `${x(k)} ${y(m[0])}`).join("L")}`, class: `line p${i}`, "stroke-dasharray": DASHES[i % 6]}),
        shown.filter(([k]) => k && k % step === 0).map(([k, m]) => svg("g", {class: `dot p${i}`}, SHAPES[i % 4](x(k), y(m[0]), 3.4))));
    }),
    points.map((p) => svg("g", {class: `published p${p.i}`}, p.low !== null && p.low !== undefined && p.high !== null ? svg("line", {x1: x(p.month), x2: x(p.month), y1: y(Math.min(p.high, limit)), y2: y(p.low)}) : null,
      svg("path", {d: `M${x(p.month) - 5} ${y(p.value) - 5}l10 10m0 -10l-10 10`}), svg("title", null, p.said || ""))));
  return h("figure", {class: "curve"}, h("figcaption", null, title), root, risk ? atRisk(lines, ticks, risk, title) : null);
}

function described(title, lines, ticks, unit) {
  const told = lines.map((l) => `${l.name}: ${ticks.filter((m) => l.months[m]).map((m) => `month ${m} ${number(l.months[m][0])}${l.months[m].length > 1 ? ` (${number(l.months[m][1])} to ${number(l.months[m][2])})` : ""}`).join(", ")}`);
  return `${title}, ${unit}. ${told.join(". ")}.`;
}

const number = (v) => (v === null || v === undefined ? "not known" : String(Math.round(v)));

/** How many are alive and have not had the event, under the curves. */
function atRisk(lines, ticks, caption, title) {
  if (!lines.some((l) => l.at_risk)) return null;
  return h("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": `${caption}: ${title}`}, h("table", {class: "risk"}, h("caption", null, caption),
    h("thead", null, h("tr", null, h("th", {scope: "col"}, "month"), ticks.map((m) => h("th", {scope: "col"}, String(m))))),
    h("tbody", null, lines.map((l, i) => h("tr", null, h("th", {scope: "row"}, planMark(i, 12), ` ${l.name}`), ticks.map((m) => h("td", null, l.at_risk?.[m] === undefined ? "" : String(l.at_risk[m]))))))));
}

/** A hundred people, some of them marked; the range is shaded between. */
export function people(value, low, high, i, said) {
  const size = 10, r = 3.5;
  const dots = Array.from({length: 100}, (_, k) => {
    const x = (k % 10) * size + size / 2, y = Math.floor(k / 10) * size + size / 2;
    const kind = k < Math.round(low) ? "sure" : k < Math.round(high) ? "maybe" : "none";
    const dot = kind === "none" ? svg("circle", {cx: x, cy: y, r: 1.4}) : SHAPES[i % 4](x, y, r);
    dot.setAttribute("class", kind);
    return dot;
  });
  return svg("svg", {viewBox: "0 0 100 100", class: `people p${i}`, role: "img", "aria-label": `Of 100 people: ${said}`}, dots);
}
