// The book of validation: every published figure, by topic and trial, hit or missed, or why there is no answer.

import {get, post} from "./api.js";
import {choice, field, fill, h, table} from "./elements.js";
import {working} from "./progress.js";
import {short} from "./timeline.js";
import {verdict} from "./trials.js";

const MOST_ROWS = 60;

export async function evidence(main) {
  const [book, {jobs}] = await Promise.all([get("/api/book"), get("/api/jobs")]);
  const want = {topic: "", trial: "", verdict: "", word: ""};
  let rows = book.figures, size = book.people_an_arm, shown = MOST_ROWS;
  const totals = h("div"), listed = h("div"), work = h("div");
  const ranged = (v, l, u) => (v === null || v === undefined ? "–" : l === null || l === undefined || u === null || u === undefined ? short(v) : `${short(v)} (${short(l)} to ${short(u)})`);
  const kind = (r) => (r.hit === true ? "hit" : r.hit === false ? "miss" : "none");
  const draw = () => {
    const found = rows.filter((r) => (!want.topic || r.topic === want.topic) && (!want.trial || r.trial === want.trial) && (!want.verdict || kind(r) === want.verdict) && (!want.word || `${r.id} ${r.endpoint} ${r.population} ${r.arm}`.toLowerCase().includes(want.word)));
    fill(listed, h("p", {class: "small soft", role: "status"}, `${found.length} figures.`), table("Published beside simulated", ["Figure", "Who", "What", "When", "Published", "Simulated", "Trial or registry", "Verdict"], found.slice(0, shown).map((r) => [r.id, [r.population, r.arm].filter(Boolean).join(", "), r.endpoint, r.time || "–", `${ranged(r.published, r.low, r.high)} ${r.unit}`,
      ranged(r.simulated, r.sim_low, r.sim_high), r.registry ? h("span", null, r.trial) : r.trial ? h("a", {href: `#/trials/${r.trial}`}, r.trial) : h("span", {class: "soft"}, r.why_not || "–"), verdict(r.hit)]), {class: "wide"}),
    found.length > shown ? h("button", {type: "button", on: {click: () => { shown += 200; draw(); }}}, `Show more (${found.length - shown} left)`) : null);
  };
  const sum = () => {
    const counting = rows.filter((r) => r.counts);
    const topics = [...new Set(counting.map((r) => r.topic))].sort();
    const of = (some) => [some.length, some.filter((r) => r.trial).length, size ? some.filter((r) => r.hit === true).length : "–", size ? some.filter((r) => r.hit === false).length : "–"];
    fill(totals, size ? h("p", null, `Simulated with ${size} people an arm.`) : h("div", {class: "box"}, h("p", null, "No full run is shipped with this version. Run all trials here with few people, or one trial on its own page; ", h("code", null, "seedsoil validate --out DIR"), " does it with many.")),
      table("Figures that count, by topic", ["Topic", "Figures", "Answered", "Hits", "Misses"], [...topics.map((t) => [h("button", {type: "button", class: "link", "aria-label": `Show the figures on ${t}`, on: {click: () => { topic.value = t; filter("topic")(t); listed.scrollIntoView({block: "start"}); }}}, t), ...of(counting.filter((r) => r.topic === t)).map(String)]), [h("b", null, "All"), ...of(counting).map(String)]]));
  };
  const take = (found) => {
    const by = new Map(found.figures.map((f) => [f.id, f]));
    rows = book.figures.map((r) => { const f = by.get(r.id); return f && f.simulated !== null ? {...r, simulated: f.simulated, sim_low: f.sim_low, sim_high: f.sim_high, hit: f.hit} : r; });
    size = found.people_an_arm;
    sum();
    draw();
  };
  const distinct = (name) => [{value: "", label: "all"}, ...[...new Set(book.figures.map((r) => r[name]).filter(Boolean))].sort().map((v) => ({value: v, label: v}))];
  const filter = (name) => (v) => { want[name] = v; shown = MOST_ROWS; draw(); };
  const word = h("input", {type: "search", on: {input: (e) => filter("word")(e.target.value.toLowerCase())}});
  const run = h("button", {type: "button", on: {click: async () => { const found = await working(work, () => post("/api/book/runs", {patients: 40}), {label: "All trials"}); if (found) take(found); }}}, "Run all trials, 40 people an arm");
  const topic = choice(distinct("topic"), "", filter("topic"));
  fill(main, h("h1", null, "Evidence"), h("p", null, "Every published figure the model is held against. A hit: simulated and published differ by no more than the figure's tolerance. Figures that were only recalled are shown and never count. Nothing is left out."),
    h("section", {class: "card"}, totals, h("p", {class: "buttons"}, run), h("p", {class: "small soft"}, "This takes many minutes; it goes on while you look at other parts, and survives a restart."), work),
    h("section", {class: "card"}, h("h2", null, "The figures"), h("div", {class: "fields"}, field("Topic", topic), field("Trial", choice(distinct("trial"), "", filter("trial"))), field("Verdict", choice([{value: "", label: "all"}, {value: "hit", label: "hit"}, {value: "miss", label: "missed"}, {value: "none", label: "not judged"}], "", filter("verdict"))), field("Search", word)), listed));
  sum();
  draw();
  const job = jobs.filter((j) => j.kind === "book" && ["done", "running", "waiting"].includes(j.state)).pop();
  if (!job) return;
  const found = job.state === "done" ? await get(`/api/jobs/${job.id}/result`) : await working(work, async () => ({job: job.id}), {label: "All trials"});
  if (found) take(found);
}
