// Trials: run one with few people, its curves beside the published points.

import {get, post, upload} from "./api.js";
import {choice, field, fill, h, table} from "./elements.js";
import {curves, planMark} from "./curves.js";
import {working} from "./progress.js";
import {short} from "./timeline.js";

export async function trials(main, chosen) {
  const {trials: all} = await get("/api/trials");
  const board = h("div", {class: "trialboard"});
  const listed = h("ul", {class: "triallist"});
  const look = h("input", {type: "search", placeholder: "Search by name or title", "aria-label": "Search the trials"});
  const draw = () => {
    const word = look.value.toLowerCase();
    fill(listed, all.filter((t) => `${t.id} ${t.title} ${t.cite || ""}`.toLowerCase().includes(word)).map((t) => h("li", null, h("a", {href: `#/trials/${t.id}`, "aria-current": t.id === chosen ? "true" : null}, h("b", null, t.title), h("span", {class: "small soft"}, t.own ? "your own" : `${t.id} · ${t.cohort ? "cohort" : `${t.arms.length} arm${t.arms.length > 1 ? "s" : ""}`} · ${t.figures} published figures`)))));
  };
  look.addEventListener("input", draw);
  draw();
  const problem = h("div", {role: "alert"});
  const input = h("input", {type: "file", id: "trialfile", class: "unseen", accept: ".toml", on: {change: async (e) => {
    try { const t = await upload("/api/trials", e.target.files[0], "application/toml"); location.hash = `#/trials/${t.id}`; } catch (trouble) { fill(problem, h("div", {class: "box alarm"}, h("p", null, trouble.message))); }
  }}});
  fill(main, h("h1", null, "Trials"), h("p", null, "Published trials and cohorts, simulated with people who meet their criteria, beside what the papers found. Misses are shown like hits."), problem,
    h("div", {class: "trialpair"}, h("section", {class: "card", "aria-label": "List of trials"}, look, listed, h("p", {class: "buttons"}, input, h("label", {for: "trialfile", class: "button"}, "Open a trial of my own (.toml)"))), board));
  if (chosen) await one(board, all.find((t) => t.id === chosen) || {id: chosen, title: chosen});
  else fill(board, h("div", {class: "card"}, h("p", {class: "soft"}, "Choose a trial.")));
}

async function one(board, trial) {
  let patients = 60;
  const work = h("div"), result = h("div");
  const many = choice([20, 60, 150, 300].map((n) => ({value: String(n), label: `${n} people an arm`})), "60", (v) => { patients = Number(v); });
  const run = h("button", {type: "button", class: "main", on: {click: async () => {
    run.disabled = true;
    const found = await working(work, () => post(`/api/trials/${trial.id}/runs`, {patients}), {label: "Trial"});
    run.disabled = false;
    if (found) fill(result, resultView(found));
  }}}, "Run it");
  fill(board, h("section", {class: "card"}, h("h2", null, trial.title), trial.cite ? h("p", {class: "small soft"}, trial.cite) : null,
    trial.facts ? h("p", {class: "small"}, `Arms: ${trial.arms.join(", ")}. Followed for ${trial.months} months. Facts of the protocol: ${trial.facts.verified} verified, ${trial.facts.recalled} recalled, ${trial.facts.assumed} assumed.`) : null,
    h("div", {class: "runline"}, field("Size", many), run), h("p", {class: "small soft"}, "Few people give wide intervals: a small run is a look, not a verdict."), work), result);
  const [{jobs}, book] = await Promise.all([get("/api/jobs"), get("/api/book")]);
  const own = book.figures.filter((f) => f.trial === trial.id);
  if (own.length) fill(result, h("section", {class: "card"}, h("h2", null, "What the paper found"), h("p", {class: "small soft"}, book.people_an_arm ? `Simulated: the full run that comes with this version, ${book.people_an_arm} people an arm. Run it here to see the curves.` : "Run it to see the simulation beside it."), figureTable(own)));
  const job = jobs.filter((j) => j.kind === "trial" && j.asked.trial === trial.id && j.state !== "failed" && j.state !== "cancelled").pop();
  if (!job) return;
  const found = job.state === "done" ? await get(`/api/jobs/${job.id}/result`) : await working(work, async () => ({job: job.id}), {label: "Trial"});
  if (found) fill(result, resultView(found));
}

function resultView(found) {
  const arms = found.about.arms;
  const sets = found.curves.filter((c) => c.arms[0].months.some((m) => m[0] !== null && m[0] !== (c.alive ? 100 : 0)));
  const hits = found.figures.filter((f) => f.hit).length, judged = found.figures.filter((f) => f.hit !== null).length;
  return h("div", null, h("section", {class: "card"}, h("h2", null, "Simulated, beside published"), h("p", null, `${found.people_an_arm} people an arm, ${found.screened} screened. ${hits} of ${judged} figures met their tolerance.`),
    h("ul", {class: "legend"}, arms.map((a, i) => h("li", null, planMark(i), ` ${a}`)), h("li", null, h("b", null, "×"), " published")),
    h("div", {class: "grid curvegrid"}, sets.map((c) => curves(c.alive ? "Alive" : `With ${words(c.events)}`, c.arms.map((a) => ({name: a.arm, months: a.months, at_risk: a.at_risk})),
      {unit: "%", risk: "People still at risk", points: c.points.map((p) => ({...p, i: Math.max(0, arms.indexOf(p.arm)), said: `${p.id}: published ${p.median ? `median ${short(p.month)} months` : `${short(p.value)} %`}, ${p.arm}`}))}))),
    h("p", {class: "small soft"}, "Bands are 95 % intervals of the simulation; bars at a cross are the paper's. A median stands at 50 %.")),
  h("section", {class: "card"}, figureTable(found.figures)), h("p", {class: "small soft"}, found.notice));
}

const words = (name) => (name === "sre" ? "a skeletal event" : name.replaceAll("_", " "));
const ranged = (v, l, u) => (v === null || v === undefined ? "–" : l === null || l === undefined || u === null ? short(v) : `${short(v)} (${short(l)} to ${short(u)})`);

export function verdict(hit) {
  return hit === null || hit === undefined ? h("span", {class: "verdict none"}, "not judged") : hit ? h("span", {class: "verdict hit"}, "✓ hit") : h("span", {class: "verdict miss"}, "✗ missed");
}

function figureTable(figures) {
  return table("Every published figure of this trial", ["Figure", "Arm", "What", "Published", "Simulated", "Tolerance", "Verdict"], figures.map((f) => [f.id, f.arm, words(f.endpoint), `${ranged(f.published, f.low, f.high)} ${f.unit}`, ranged(f.simulated, f.sim_low, f.sim_high), f.tolerance === null ? "–" : short(f.tolerance), verdict(f.hit)]), {class: "wide"});
}
