// What may come under each plan: people of 100, curves, paired differences; what it rests on and what was assumed.

import {choice, cited, field, fill, h, table} from "./elements.js";
import {curves, people, planMark} from "./curves.js";

const FIRST = ["alive", "skeletal_event", "fracture", "cord_compression", "pain_controlled", "walking", "hypercalcaemia", "radiotherapy", "surgery"];

export function legendOf(plans) {
  return h("ul", {class: "legend"}, plans.map((p, i) => h("li", null, planMark(i), " ", h("b", null, p.words), p.refused.length ? h("span", {class: "refusedtag"}, " refused in part") : null)));
}

/** All that a forecast says. */
export function outcomesView(forecast) {
  const parts = [refusedView(forecast)];
  if (forecast.unlike) {
    parts.push(h("div", {class: "box care"}, h("h3", null, "No forecast in figures"), h("p", null, forecast.warning), h("p", null, forecast.no_figures)));
    return h("div", null, parts, assumedView(forecast), foundation(forecast));
  }
  if (forecast.warning) parts.push(h("div", {class: "box care"}, h("p", null, forecast.warning)));
  const months = forecast.outcomes[0].months.map((m) => m.month);
  let month = months.includes(12) ? 12 : months[months.length - 1];
  const board = h("div");
  const draw = () => fill(board, peopleView(forecast, month));
  const when = h("div", {class: "zooms", role: "group", "aria-label": "How far ahead"}, months.map((m) => h("button", {type: "button", "aria-pressed": String(m === month), on: {click: (e) => {
    month = m;
    for (const b of e.target.parentNode.children) b.setAttribute("aria-pressed", String(b === e.target));
    draw();
  }}}, `${m} months`)));
  draw();
  return h("div", null, parts, h("p", {class: "soft"}, forecast.how_to_read), legendOf(forecast.plans), when, board, curvesView(forecast), differencesView(forecast), drivenView(forecast), assumedView(forecast), foundation(forecast));
}

function refusedView(forecast) {
  const boxes = forecast.plans.flatMap((plan) => plan.refused.map((r) => h("div", {class: "box alarm"}, h("h3", null, `${plan.words}: ${r.what} is refused by the rules`), h("p", null, r.why), h("p", {class: "small"}, "Source: ", cited(r.source, forecast.sources)))));
  return boxes.length ? h("section", null, h("p", null, forecast.refused_words), boxes) : null;
}

/** Icon arrays, one a plan, for every outcome that counts people. */
function peopleView(forecast, month) {
  const counted = forecast.outcomes.filter((o) => o.people).sort((a, b) => rank(a.id) - rank(b.id));
  const cards = counted.map((o) => {
    const row = o.months.find((m) => m.month === month);
    return h("section", {class: "card outcome"}, h("h3", null, o.name), h("p", {class: "small soft"}, o.counts),
      h("div", {class: "arrays"}, row.plans.map((p, i) => h("div", null, people(p.value, p.low, p.high, i, `${p.said}; ${forecast.plans[i].words}`), h("p", {class: "figure"}, planMark(i, 12), " ", h("b", null, p.said))))),
      row.differences.map((d, k) => h("p", {class: d.clear ? "difference clear" : "difference"}, forecast.plans.length > 2 ? h("span", null, planMark(k + 1, 12), " ") : null, sentence(d.said))));
  });
  return h("div", null, h("p", {class: "small soft"}, "Full marks: at least so many. Pale marks: up to the upper end of the range."), h("div", {class: "grid"}, cards), averages(forecast, month));
}

function averages(forecast, month) {
  const rows = forecast.outcomes.filter((o) => !o.people).map((o) => {
    const row = o.months.find((m) => m.month === month);
    return [h("span", null, h("b", null, o.name), h("br"), h("small", {class: "soft"}, o.counts)), ...row.plans.map((p) => p.said), ...row.differences.map((d) => sentence(d.said))];
  });
  const heads = ["Average", ...forecast.plans.map((p) => p.words), ...forecast.plans.slice(1).map((p) => (forecast.plans.length > 2 ? `Difference: ${p.words}` : "Difference"))];
  return table(`Averages of those alive, ${month} months from today`, heads, rows, {class: "wide"});
}

const rank = (id) => (FIRST.indexOf(id) < 0 ? 99 : FIRST.indexOf(id));
const sentence = (text) => text[0].toUpperCase() + text.slice(1);

function curvesView(forecast) {
  const names = Object.fromEntries(forecast.outcomes.map((o) => [o.id, o.name]));
  const ids = Object.keys(forecast.plans[0].curves);
  const board = h("div", {class: "curveboard"});
  const draw = (id) => fill(board, curves(names[id], forecast.plans.map((p) => ({name: p.words, ...p.curves[id]}))));
  draw("alive");
  return h("section", null, h("h3", null, "Month by month"), field("Show", choice(ids.map((id) => ({value: id, label: names[id]})), "alive", draw), {class: "field inline"}), board,
    h("p", {class: "small soft"}, "The band is the 90 % range. Below: twins who are alive and have not had the event."));
}

function differencesView(forecast) {
  if (forecast.plans.length < 2) return null;
  const heads = ["Outcome", ...forecast.outcomes[0].months.map((m) => `${m.month} months`)];
  return h("details", null, h("summary", null, "All paired differences"), h("p", {class: "small soft"}, forecast.differences_explained), forecast.plans.slice(1).map((plan, k) =>
    table(`${plan.words}, compared with ${forecast.plans[0].words}`, heads, forecast.outcomes.map((o) => [o.name, ...o.months.map((m) => sentence(m.differences[k].said))]), {class: "wide"})));
}

function assumedView(forecast) {
  return h("section", {id: "assumed"}, h("h3", null, "What was assumed"), h("p", {class: "small"}, "The chart does not say these. Each virtual twin was given its own value within the range."),
    table("Every item that was filled in", ["What", "Range", "How"], forecast.assumed.map((r) => [r.what, r.range, r.how])));
}

/** In what the twins who met an event differed at the start from those who did not. */
function drivenView(forecast) {
  if (forecast.unlike) return null;
  const rows = forecast.drivers.map((d) => [d.event, `${d.more ? "more" : "less"}: ${d.what[0].toLowerCase() + d.what.slice(1)}`, d.with, d.without, `${d.ahead} of 100 pairs`]);
  return h("section", {id: "driven"}, h("h3", null, "What drives it"), h("p", {class: "small"}, `Twins differ in what the chart leaves open. How those who met an event within a year under “${forecast.plans[0].words}” stood today, beside those who did not. A difference between twins, not proof of a cause; what is not listed made no difference beyond chance.`),
    rows.length ? table("Twins with the event beside twins without", ["Event", "Had", "With it, middle", "Without it, middle", "Told apart in"], rows, {class: "wide"}) : h("p", {class: "soft"}, "Nothing that the twins differ in today tells them apart beyond chance: too few met an event, or luck decides."));
}

function foundation(forecast) {
  const made = Object.entries(forecast.made).map(([key, value]) => [key, String(value)]);
  return h("div", null, forecast.unlike ? null : h("details", null, h("summary", null, "What the effects rest on, and how far to trust them"), h("p", null, forecast.twins),
    table("What each effect in the model rests on", ["Effect", "Rests on", "Note"], forecast.evidence.map((e) => [e.what, e.grade, e.note])), h("h3", null, "What the ranges hold"), h("p", null, forecast.ranges)),
  h("details", null, h("summary", null, `The papers (${Object.keys(forecast.sources).length})`), h("ol", {class: "papers"}, Object.values(forecast.sources).map((s) => h("li", null, s.text, " ", s.url ? h("a", {href: s.url, rel: "noreferrer", target: "_blank"}, s.url) : null)))),
  h("details", null, h("summary", null, "To make it again"), h("p", {class: "small"}, "The same chart, version, tables, kernel and seed give the same figures."), h("dl", {class: "made"}, made.map(([k, v]) => [h("dt", null, k), h("dd", null, v)]))));
}
