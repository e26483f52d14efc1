// The line of time: what was recorded, what may come under each plan, and a hand that moves through it.

import {fill, h, svg, table} from "./elements.js";
import {DASHES, planMark} from "./curves.js";

const DAY_MONTH = 30.4375;
const LANE = 66, LOW_LANE = 34, ROW = 19, LEFT = 46, RIGHT = 12, LABEL = 17;
const MOST_PAST = 730;
const LOG = new Set(["psa", "ca153", "cea", "ntx", "alp", "tumour_ml", "creatinine"]);

export class Timeline {
  /** signals: [{id, label, unit, reference}]; past as the server gives it; moved(day) is told where the hand is. */
  constructor(signals, past, years, moved, {unitWords = "months from the chart's day"} = {}) {
    this.signals = signals;
    this.past = past;
    this.years = years;
    this.moved = moved;
    this.plans = [];
    this.unitWords = unitWords;
    this.day = 0;
    this.hand = h("input", {type: "range", step: 1, "aria-label": "Move through time", on: {input: (e) => this.go(Number(e.target.value))}});
    this.told = h("output", {class: "when", "aria-live": "off"});
    this.canvas = h("div", {class: "lanes"});
    this.now = h("div", {class: "readings"});
    this.node = h("div", {class: "timeline"}, h("div", {class: "handle"}, this.told, h("div", {class: "track"}, this.hand)), this.now, this.canvas, this.inTables());
    this.width = 0;
    new ResizeObserver((entries) => {
      const width = Math.round(entries[0].contentRect.width);
      if (width && width !== this.width) { this.width = width; this.draw(); }
    }).observe(this.canvas);
  }

  /** The future of each plan: [{words, course, planned}], month by month; `ahead`: signals that only the future has. */
  setPlans(plans, years, ahead = []) {
    this.plans = plans.filter((p) => p.course?.length);
    this.signals = [...this.signals.filter((s) => !s.ahead), ...ahead.map((s) => ({...s, ahead: true}))];
    this.years = years;
    this.draw();
    this.go(this.day);
  }

  get first() {
    const days = [...Object.values(this.past.values).flatMap((v) => v.points.map((p) => p.day)), ...["given", "happened", "examined", "lesions"].flatMap((k) => (this.past[k] || []).map((r) => r.day))];
    return Math.max(-MOST_PAST, Math.min(-90, ...days.map((d) => d - 20)));
  }

  get last() {
    return this.plans.length ? this.years * 365.25 : 60;
  }

  go(day) {
    this.day = Math.min(Math.max(day, this.first), this.last);
    this.hand.value = String(this.day);
    this.told.textContent = dayWords(this.day);
    this.hand.setAttribute("aria-valuetext", dayWords(this.day));
    if (this.cursor) this.cursor.setAttribute("transform", `translate(${this.x(this.day)} 0)`);
    this.readings();
    this.moved(this.day);
  }

  x(day) {
    return LEFT + ((day - this.first) / (this.last - this.first)) * (this.width - LEFT - RIGHT);
  }

  /** What each signal is at the hand: the last value before it, or each plan's range. */
  readings() {
    const month = Math.round(this.day / DAY_MONTH);
    const at = (plan) => plan.course[Math.min(month, plan.course.length - 1)];
    let few = false;
    const cells = this.signals.filter((s) => !s.low).map((signal) => {
      let said;
      if (this.day > 0 && this.plans.length) {
        if (this.plans.every((plan) => !at(plan)?.signals?.[signal.id])) { few = true; return null; }
        said = this.plans.map((plan, i) => {
          const r = at(plan)?.signals?.[signal.id];
          return h("span", {class: `p${i}`}, planMark(i, 12), r ? ` ${short(r[1])}${r[0] < r[2] ? ` (${short(r[0])} to ${short(r[2])})` : ""}` : " too few alive");
        });
      } else {
        const points = this.past.values[signal.id]?.points.filter((p) => p.day <= this.day) || [];
        const last = points[points.length - 1];
        said = last ? h("span", null, last.said) : null;
      }
      return said ? h("div", null, h("dt", null, signal.label, signal.unit ? h("small", null, ` ${signal.unit}`) : null), h("dd", null, said)) : null;
    });
    const shown = cells.filter(Boolean);
    const taken = this.day > 0 && this.plans.length ? this.signals.filter((s) => s.low && this.plans.some((plan) => at(plan)?.signals?.[s.id])) : [];
    const drugs = taken.map((s) => h("li", null, `${s.label}: `, this.plans.map((plan, i) => h("span", null, planMark(i, 12), ` ${short(at(plan)?.signals?.[s.id]?.[1])} `))));
    fill(this.now, shown.length ? h("dl", null, shown) : h("p", {class: "soft small"}, "Nothing had been measured by then."),
      few ? h("p", {class: "soft small"}, "Not shown: what needs more twins alive than there are by then.") : null,
      drugs.length ? h("ul", {class: "taken", "aria-label": "On drugs, of 100 alive"}, h("li", {class: "soft"}, "Of 100 alive:"), drugs) : null);
  }

  draw() {
    if (!this.width) return;
    Object.assign(this.hand, {min: Math.round(this.first), max: Math.round(this.last), value: this.day});
    const shown = this.signals.filter((s) => this.past.values[s.id]?.points.some((p) => p.value !== null) || this.plans.some((p) => p.course[0]?.signals?.[s.id]));
    const parts = [];
    let y = 22;
    for (const signal of shown) { parts.push(this.signalLane(signal, y)); y += laneOf(signal) + LABEL; }
    const [rows, height] = this.eventRows(y + 4);
    parts.push(rows);
    y = height;
    const root = svg("svg", {viewBox: `0 0 ${this.width} ${y + 6}`, width: this.width, height: y + 6, role: "img", "aria-label": "Line of time; the same is in the tables below."});
    root.append(this.axis(y), ...parts);
    this.cursor = svg("g", {class: "cursor", transform: `translate(${this.x(this.day)} 0)`}, svg("line", {y1: 14, y2: y}));
    root.append(this.cursor);
    root.addEventListener("pointerdown", (e) => this.drag(e, root));
    fill(this.canvas, root);
  }

  drag(event, root) {
    const to = (e) => {
      const box = root.getBoundingClientRect();
      const at = ((e.clientX - box.left) / box.width) * this.width;
      this.go(Math.round(this.first + ((at - LEFT) / (this.width - LEFT - RIGHT)) * (this.last - this.first)));
    };
    to(event);
    root.setPointerCapture(event.pointerId);
    const move = (e) => to(e);
    const up = () => { root.removeEventListener("pointermove", move); root.removeEventListener("pointerup", up); };
    root.addEventListener("pointermove", move);
    root.addEventListener("pointerup", up);
  }

  axis(height) {
    const months = (this.last - this.first) / DAY_MONTH;
    const step = [1, 3, 6, 12, 24].find((s) => months / s < Math.max(4, this.width / 75)) || 24;
    const ticks = [];
    for (let m = Math.ceil(this.first / DAY_MONTH / step) * step; m * DAY_MONTH <= this.last; m += step) ticks.push(m);
    return svg("g", {class: "axis"},
      svg("rect", {x: this.x(0), y: 16, width: Math.max(0, this.x(this.last) - this.x(0)), height: height - 16, class: "future"}),
      ticks.map((m) => svg("g", null, svg("line", {x1: this.x(m * DAY_MONTH), x2: this.x(m * DAY_MONTH), y1: 16, y2: height}),
        svg("text", {x: this.x(m * DAY_MONTH), y: 11, "text-anchor": this.x(m * DAY_MONTH) > this.width - 34 ? "end" : "middle"}, m === 0 ? "today" : `${m > 0 ? "+" : "−"}${Math.abs(m)} mo`))),
      svg("line", {x1: this.x(0), x2: this.x(0), y1: 14, y2: height, class: "today"}));
  }

  signalLane(signal, top) {
    const past = (this.past.values[signal.id]?.points || []).filter((p) => p.value !== null && p.day >= this.first);
    const futures = this.plans.map((plan) => plan.course.map((m, k) => [k * DAY_MONTH, m.signals?.[signal.id]]).filter(([, r]) => r));
    const values = [...past.map((p) => p.value), ...futures.flat().flatMap(([, r]) => [r[0], r[2]])];
    const log = LOG.has(signal.id) && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 8;
    const of = (v) => (log ? Math.log10(Math.max(v, 1e-3)) : v);
    let low = Math.min(...values.map(of)), high = Math.max(...values.map(of));
    const whole = {"of 10": 10, "of 100": 100}[signal.unit];
    if (whole || signal.unit === "") { low = Math.min(low, 0); if (whole) high = whole; }
    const usual = signal.reference && signal.reference[1] > signal.reference[0] ? signal.reference : null;
    const pad = (high - low) * 0.1 || Math.abs(high) * 0.1 || 1;
    low -= whole ? 0 : pad; high += whole ? 0 : pad;
    const base = top + LABEL + laneOf(signal) - 8, tall = laneOf(signal) - 14;
    const y = (v) => base - ((Math.min(Math.max(of(v), low), high) - low) / (high - low)) * tall;
    const back = (v) => (log ? 10 ** v : v);
    const nodes = [svg("text", {x: LEFT, y: top + 12, class: "label"}, `${signal.label}${signal.unit ? `, ${signal.unit}` : ""}${log ? " (log scale)" : ""}`)];
    if (usual) nodes.push(svg("rect", {x: LEFT, width: this.width - LEFT - RIGHT, y: y(usual[1]), height: Math.max(0, y(usual[0]) - y(usual[1])), class: "normal"}));
    nodes.push(svg("line", {x1: LEFT, x2: this.width - RIGHT, y1: base, y2: base, class: "base"}));
    for (const v of ticks(back(low), back(high), log)) nodes.push(svg("text", {x: LEFT - 5, y: y(v) + 4, "text-anchor": "end", class: "tick"}, short(v)));
    futures.forEach((future, i) => {
      if (!future.length) return;
      const up = future.map(([d, r]) => `${this.x(d)} ${y(r[2])}`), down = future.map(([d, r]) => `${this.x(d)} ${y(r[0])}`).reverse();
      nodes.push(svg("path", {d: `M${[...up, ...down].join("L")}Z`, class: `range p${i}`}), svg("path", {d: `M${future.map(([d, r]) => `${this.x(d)} ${y(r[1])}`).join("L")}`, class: `line p${i}`, "stroke-dasharray": DASHES[i % DASHES.length]}));
    });
    if (past.length > 1) nodes.push(svg("path", {d: `M${past.map((p) => `${this.x(p.day)} ${y(p.value)}`).join("L")}`, class: "line known"}));
    nodes.push(past.map((p) => svg("circle", {cx: this.x(p.day), cy: y(p.value), r: 3.6, class: "point"}, svg("title", null, `${p.said}, ${p.when}`))));
    return svg("g", {class: "lane"}, nodes);
  }

  /** Treatments, operations, events and tests, one row each kind. */
  eventRows(top) {
    const kinds = [
      ["Drugs", this.past.given.filter((g) => g.topic && !g.sites.length), "drug"],
      ["Radiotherapy, operations", this.past.given.filter((g) => !g.topic || g.sites.length), "local"],
      ["Events", this.past.happened, "event"],
      ["Tests", this.past.examined, "test"],
      ...this.plans.map((plan, i) => [`Ordered by the plan: ${plan.words}`, plan.planned || [], `planned p${i}`]),
    ];
    const nodes = [];
    let y = top;
    for (const [label, all, kind] of kinds) {
      const rows = all.filter((r) => (r.until ?? r.day_to) >= this.first);
      if (!rows.length) continue;
      nodes.push(svg("text", {x: LEFT, y: y + 12, class: "label"}, label));
      y += LABEL;
      const ends = [];
      for (const row of rows) {
        const from = this.x(Math.max(row.day, this.first));
        const stop = this.x(row.ongoing ? 0 : Math.max(row.until ?? row.day_to, row.day));
        const words = row.said + (kind === "local" && row.amount ? `, ${row.amount}` : "") + (row.certain === false ? "?" : "");
        const wide = words.length * 6.3 + 10;
        const right = from + wide > this.width;
        const [start, end] = right ? [from - wide, stop] : [from, Math.max(stop, from) + wide];
        let line = ends.findIndex((e) => e < start);
        if (line < 0) { line = ends.length; ends.push(0); }
        ends[line] = end;
        const at = y + line * ROW + 9;
        nodes.push(svg("g", {class: `happening ${kind}`},
          stop > from + 3 ? svg("rect", {x: from, y: at - 4, width: stop - from, height: 8, rx: 4}) : kind === "event" ? svg("path", {d: `M${from} ${at - 5}l5 9h-10z`}) : svg("circle", {cx: from, cy: at, r: 4}),
          svg("text", {x: right ? from - 8 : Math.max(stop, from) + 8, y: at + 4, "text-anchor": right ? "end" : "start"}, words), svg("title", null, `${words}, ${row.when}`)));
      }
      y += ends.length * ROW + 4;
    }
    return [svg("g", null, nodes), y];
  }

  inTables() {
    const values = Object.values(this.past.values).flatMap((v) => v.points.map((p) => [v.label, p.said, p.when]));
    const rest = [...this.past.given.map((g) => [g.said, [g.amount, g.sites.slice(0, 3).join(", ")].filter(Boolean).join(", ") || "given", g.when]),
      ...this.past.happened.map((e) => [e.said, e.certain ? e.sites.slice(0, 3).join(", ") || "yes" : "suspected", e.when]),
      ...this.past.examined.map((t) => [t.said, t.result || "done", t.when])];
    return h("details", {class: "tables"}, h("summary", null, "The record as tables"),
      table("Values measured", ["What", "Value", "When"], values), table("Treatments, events and tests", ["What", "How", "When"], rest));
  }
}

const laneOf = (signal) => (signal.low ? LOW_LANE : LANE);

/** A few round figures of an axis: the coarsest steps of which at least two lie on it. */
function ticks(low, high, log) {
  const ten = (d) => 10 ** d;
  const first = Math.floor(Math.log10(log ? low : high - low));
  const decades = log ? Array.from({length: Math.ceil(Math.log10(high)) - first + 1}, (_, k) => first + k) : [];
  const every = (step) => Array.from({length: Math.floor(high / step) - Math.ceil(low / step) + 1}, (_, k) => (Math.ceil(low / step) + k) * step);
  const tried = log ? [decades.filter((d) => d % 2 === 0).map(ten), decades.map(ten), ...[[1, 3], [1, 2, 5]].map((of) => decades.flatMap((d) => of.map((x) => x * ten(d))))]
    : [10, 5, 2, 1, 0.5, 0.2].map((x) => every(x * ten(first)));
  return tried.map((all) => all.filter((v) => v >= low && v <= high)).find((all) => all.length > 1) || [low, high];
}

/** A figure short enough for an axis. */
export function short(v) {
  if (v === null || v === undefined) return "–";
  const a = Math.abs(v);
  if (a > 0 && a < 0.01) return "<0.01";
  if (a >= 1000) return `${Math.round(v / 100) / 10}k`;
  return String(Number(v.toPrecision(a >= 100 ? 3 : 2)));
}

/** A day counted from today, in words. */
export function dayWords(day) {
  const days = Math.round(Math.abs(day));
  if (!days) return "Today, the day of the chart";
  const side = day > 0 ? "from today" : "before today";
  if (days < 61) return `${days} day${days === 1 ? "" : "s"} ${side}`;
  const months = Math.round(days / DAY_MONTH);
  if (months < 24) return `${months} months ${side}`;
  const years = Math.floor(months / 12), left = months % 12;
  return `${years} years${left ? ` ${left} month${left === 1 ? "" : "s"}` : ""} ${side}`;
}
