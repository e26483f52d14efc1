// One real person: what is urgent, the skeleton, the line of time, plans side by side.

import {get, post, upload} from "./api.js";
import {choice, cited, field, fill, h, table} from "./elements.js";
import {outcomesView} from "./outcomes.js";
import {Plans} from "./plans.js";
import {working} from "./progress.js";
import {Skeleton} from "./skeleton.js";
import {Timeline, dayWords} from "./timeline.js";

const DAY_MONTH = 30.4375, MOST_LISTED = 14, MOST_DRUGS = 8, MOST_BYTES = 5 * 1024 * 1024;
const AHEAD = ["alive", "fracture", "cord_compression", "hypercalcaemia", "radiotherapy", "surgery"]; // events that the line of time shows ahead
const START = ["standard", "standard-without-bone-agent"];

/** Where a chart is chosen. */
export async function choosing(main) {
  const [{cases}, {charts}] = await Promise.all([get("/api/cases"), get("/api/charts")]);
  const problem = h("div", {role: "alert"});
  const open = async (asked) => {
    fill(problem);
    try { location.hash = `#/patient/${(await asked()).id}`; } catch (trouble) { fill(problem, h("div", {class: "box alarm"}, h("p", null, trouble.message))); }
  };
  const read = (file) => {
    if (!file) return;
    if (file.size > MOST_BYTES) { fill(problem, h("div", {class: "box alarm"}, h("p", null, "That file is larger than 5 MB, the most this page reads."))); return; }
    open(() => upload("/api/charts", file, /\.toml$/i.test(file.name) ? "application/toml" : "application/json"));
  };
  const input = h("input", {type: "file", id: "chartfile", class: "unseen", accept: ".json,.toml,application/json,application/fhir+json", on: {change: (e) => read(e.target.files[0])}});
  const zone = h("div", {class: "drop"}, input, h("label", {for: "chartfile", class: "button"}, "Open a chart"), h("span", null, " or drop it here: a FHIR R4 bundle (.json) or a patient written by hand (.toml), up to 5 MB."));
  zone.addEventListener("dragover", (e) => { e.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (e) => { e.preventDefault(); zone.classList.remove("over"); read(e.dataTransfer.files[0]); });
  fill(main, h("h1", null, "One patient"), h("p", null, "See the disease, what the rules call urgent, and what may come next under plans that you choose."), zone, problem,
    charts.length ? h("section", null, h("h2", null, "Opened before"), h("ul", {class: "plainlist"}, charts.slice().reverse().slice(0, 6).map((c) => h("li", null, h("a", {href: `#/patient/${c.id}`}, c.name))))) : null,
    h("h2", null, "Published patients to try"), h("div", {class: "cases"}, cases.map((c) => h("button", {type: "button", class: "case", on: {click: () => open(() => post("/api/cases", {case: c.name}))}}, h("b", null, c.who), h("span", null, c.question)))));
}

/** One chart. */
export async function patient(main, key) {
  const [chart, catalogue] = await Promise.all([get(`/api/charts/${key}`), get("/api/plans")]);
  const labels = Object.fromEntries(catalogue.sites.map((s) => [s.id, s.label[0].toUpperCase() + s.label.slice(1)]));
  const view = new PatientView(key, chart, catalogue, labels);
  fill(main, view.node);
  view.timeline.go(0);
  await view.resume();
}

class PatientView {
  constructor(key, chart, catalogue, labels) {
    Object.assign(this, {key, chart, catalogue, labels, forecast: null, shown: 0, bone: null});
    this.skeleton = new Skeleton(labels, (id) => { this.bone = id; this.boneCard(); });
    this.boneNode = h("div", {class: "bonecard", "aria-live": "polite"});
    this.timeline = new Timeline(chart.signals, chart.past, 3, (day) => { this.day = day; this.paint(); });
    const start = START.map((name) => structuredClone(catalogue.plans.find((p) => p.name === name)));
    this.plans = new Plans(catalogue, start, () => this.stale());
    this.plans.defaultSite = chart.past.lesions.find((l) => l.exact)?.sites[0];
    this.years = choice([1, 2, 3, 5].map((y) => ({value: String(y), label: `${y} year${y > 1 ? "s" : ""}`})), "3", () => this.stale());
    this.twins = choice([100, 200, 500].map((n) => ({value: String(n), label: `${n} twins`})), "200", () => this.stale());
    this.run = h("button", {type: "button", class: "main", on: {click: () => this.ask()}}, "Forecast these plans");
    this.work = h("div", {class: "work"});
    this.result = h("div", {class: "result"});
    this.which = h("div");
    this.node = h("div", {class: "patient"}, this.head(), this.urgent(), h("div", {class: "pair"},
      h("section", {class: "card", "aria-label": "Skeleton"}, h("h2", null, "The skeleton"), this.which, this.skeleton.node),
      h("section", {class: "card side", "aria-label": "Bone"}, this.boneNode)),
    h("section", {class: "card", "aria-label": "Line of time"}, h("h2", null, "Through time"), h("p", {class: "small soft"}, "Move the hand: the skeleton and the readings follow. White is what was recorded; tinted is forecast."), this.timeline.node),
    h("section", {"aria-label": "Plans", id: "plans"}, h("h2", null, "Plans side by side"), this.plans.node, h("div", {class: "runline"}, field("Look ahead", this.years), field("Virtual twins", this.twins), this.run), this.work, this.result),
    this.advice(), this.record(), this.afterwards());
    this.boneCard();
  }

  head() {
    return h("header", {class: "head"}, h("div", null, h("h1", null, this.chart.who), h("p", {class: "soft"}, `${this.chart.id_in_chart}, chart of ${this.chart.as_of}. Times are counted from that day.`)),
      h("p", {class: "buttons"}, h("a", {class: "button", href: `#/patient/${this.key}/patient`}, "Page for the person"), h("a", {class: "button", href: `#/patient/${this.key}/meeting`}, "Page for the meeting"), h("a", {class: "button", href: "#/patient"}, "Another chart")));
  }

  urgent() {
    const boxes = this.chart.urgent.map((u) => h("div", {class: "box alarm"}, h("p", {class: "do"}, u.action), h("p", null, h("b", {class: "limit"}, u.limit), ` · ${u.because}`), h("p", {class: "small soft"}, `Rule: ${u.rule}. Source: `, cited(u.source, this.chart.sources))));
    return h("section", {class: "urgent", "aria-label": "Urgent now"}, h("h2", null, "Urgent now"), boxes.length ? h("div", {class: "boxes"}, boxes) : h("div", {class: "box calm"}, h("p", null, this.chart.nothing_urgent)));
  }

  /** What is known of each bone on a day of the past, or how the twins' bones are in a month of the future. */
  bonesAt(day) {
    if (day > 0 && this.forecast && !this.forecast.unlike) return this.bonesAhead(day);
    const out = {};
    const put = (id, entry) => { out[id] = {...out[id], ...entry}; };
    for (const lesion of this.chart.past.lesions.filter((l) => l.day <= day)) {
      for (const id of lesion.sites) {
        const vague = lesion.exact ? "" : ", somewhere in this region";
        const said = [lesion.kind ? `${lesion.kind} lesion` : "lesion, kind not recorded", lesion.size_mm ? `${Math.round(lesion.size_mm)} mm` : "size not recorded", lesion.certain ? "" : "suspected"].filter(Boolean).join(", ") + vague;
        if (out[id] && !lesion.exact) continue;
        put(id, {kind: lesion.kind || "unsure", size_mm: lesion.size_mm, certain: lesion.certain && lesion.exact, said, share: lesion.exact ? 1 : 0.45});
      }
    }
    for (const g of this.chart.past.given.filter((x) => x.day <= day && x.sites.length === 1)) {
      put(g.sites[0], {...(g.what === "radiotherapy" ? {irradiated: true} : {held: true}), kind: out[g.sites[0]]?.kind || "unsure", said: [out[g.sites[0]]?.said, `${g.said.toLowerCase()} ${g.when}`].filter(Boolean).join("; ")});
    }
    for (const e of this.chart.past.happened.filter((x) => x.what === "fracture" && x.day <= day && x.sites.length === 1)) {
      put(e.sites[0], {broken: true, kind: out[e.sites[0]]?.kind || "unsure", said: [out[e.sites[0]]?.said, `fracture ${e.when}`].filter(Boolean).join("; ")});
    }
    return out;
  }

  bonesAhead(day) {
    const plan = this.forecast.plans[Math.min(this.shown, this.forecast.plans.length - 1)];
    const month = plan.course[Math.min(Math.round(day / DAY_MONTH), plan.course.length - 1)];
    return Object.fromEntries(Object.entries(month.bones || {}).map(([id, b]) => {
      const of = (x) => `${Math.round(100 * x)} of 100`;
      const said = [`tumour in ${of(b.share)} twins alive`, b.kind, b.size_mm ? `${Math.round(b.size_mm[1])} mm (${Math.round(b.size_mm[0])} to ${Math.round(b.size_mm[2])})` : "", b.broken > 0 ? `broken in ${of(b.broken)}` : "", b.irradiated > 0 ? `irradiated in ${of(b.irradiated)}` : ""].filter(Boolean).join(", ");
      return [id, {kind: b.kind, size_mm: b.size_mm?.[1], share: b.share, broken: b.broken >= 0.05 ? b.broken / b.share : 0, irradiated: b.irradiated >= 0.05 ? Math.min(1, b.irradiated / b.share) : 0, held: b.held >= 0.05 ? b.held / b.share : 0, certain: true, said, ahead: b}];
    }));
  }

  paint() {
    const state = this.bonesAt(this.day);
    this.skeleton.show(state);
    const ahead = this.day > 0 && this.forecast && !this.forecast.unlike;
    fill(this.which, ahead ? h("div", {class: "zooms", role: "group", "aria-label": "Plan shown on the skeleton"}, this.forecast.plans.map((p, i) => h("button", {type: "button", "aria-pressed": String(i === this.shown), on: {click: () => { this.shown = i; this.paint(); }}}, p.words))) : null,
      h("p", {class: "small soft"}, ahead ? "The twins' bones under this plan, of those alive; the paler a mark, the fewer of them. One circle: the middle size." : "What the clinic knows. Paler and dashed: suspected, or known only by region. The truth can be shown only for a virtual person."),
      this.diffuse ? h("p", {class: "box care small"}, "The record says that bone is involved without naming the bones (diffuse, or place not stated); the whole skeleton is tinted.") : null);
    const stands = `${this.bone} ${Math.round(this.day / DAY_MONTH)} ${this.shown} ${Boolean(ahead)}`;
    if (stands !== this.stands) { this.stands = stands; this.boneCard(); }
  }

  boneCard() {
    const id = this.bone, state = this.bonesAt(this.day ?? 0);
    if (!id) {
      const all = Object.entries(state).sort((a, b) => (b[1].share ?? 1) - (a[1].share ?? 1));
      const rows = all.slice(0, MOST_LISTED).map(([bone, b]) => h("li", null, h("button", {type: "button", class: "link", on: {click: () => this.skeleton.pick(bone)}}, this.labels[bone]), ` ${b.said}`));
      fill(this.boneNode, h("h2", null, "Bones"), rows.length ? [h("p", {class: "small soft"}, "Choose a bone for its scores and strength."), h("ul", {class: "bonelist"}, rows), all.length > MOST_LISTED ? h("p", {class: "soft small"}, `And ${all.length - MOST_LISTED} more in the picture.`) : null] : h("p", {class: "soft"}, "No bone of the record is named exactly. Choose a bone in the picture or the list."));
      return;
    }
    const bone = state[id], scores = this.chart.scores.filter((s) => s.bone === id);
    const other = this.chart.scores.filter((s) => !s.bone);
    const month0 = this.forecast?.plans[0].course?.[0]?.bones?.[id];
    const now = bone?.ahead || month0;
    const strength = now?.strength ? [h("h3", null, "Strength"), h("p", null, `${percent(now.strength)} of the median person's intact bone; usual daily load over strength ${ratio(now.load)}. Middle and 90 % range of the twins with tumour here. A daily load well below 1 is carried; the nearer to 1, the sooner it breaks.`)] : [h("h3", null, "Strength"), h("p", {class: "soft"}, this.forecast ? "Too few twins have tumour in this bone for a range." : "Shown after a forecast: it comes from the twins.")];
    fill(this.boneNode, h("button", {type: "button", class: "link back", on: {click: () => { this.bone = null; this.skeleton.chosen = null; this.skeleton.outlineChosen(); this.boneCard(); }}}, "← all bones"), h("h2", null, this.labels[id]),
      h("p", null, bone ? bone.said[0].toUpperCase() + bone.said.slice(1) + "." : "Nothing is recorded here."), strength,
      h("h3", null, "Scores, and why"), scores.length ? h("ul", {class: "scores"}, scores.map((s) => this.score(s))) : h("p", {class: "soft"}, "No published score speaks of this bone on this chart."),
      other.length ? h("details", null, h("summary", null, "Scores of the whole person"), h("ul", {class: "scores"}, other.map((s) => this.score(s)))) : null);
  }

  score(s) {
    return h("li", null, h("b", null, `${s.name}: ${s.value}`), ` ${s.meaning}`, h("br"), h("span", {class: "small soft"}, cited(s.source, this.chart.sources)));
  }

  advice() {
    const rows = this.chart.advice.map((a) => h("li", null, h("span", {class: "stance"}, a.stance), h("div", null, h("b", null, a.action), h("p", {class: "small soft"}, a.because ? `Because ${a.because[0].toLowerCase() + a.because.slice(1)} ` : "", "Source: ", cited(a.source, this.chart.sources)))));
    return rows.length ? h("section", {class: "card", "aria-label": "What else the rules say"}, h("h2", null, "What else the rules say today"), h("p", {class: "small soft"}, "Not urgent. Published rules, read on this chart."), h("ul", {class: "advice"}, rows)) : null;
  }

  record() {
    return h("section", {class: "card", "aria-label": "What is known"}, h("h2", null, "What is known, and what was set aside"), h("details", null, h("summary", null, `Known (${this.chart.known.length})`), table("What the chart says, as it was used", ["What", "Value", "When", "From"], this.chart.known.map((k) => [k.what, k.value, k.when, k.from]))),
      h("details", null, h("summary", null, `Set aside (${this.chart.set_aside.length})`), table("Parts of the chart that were not used, and why", ["From", "Why"], this.chart.set_aside.map((s) => [s.from, s.why]))));
  }

  afterwards() {
    const a = this.chart.afterwards;
    if (!a) return null;
    return h("details", {class: "card"}, h("summary", null, "What happened to this person afterwards, as far as it was published"), a.done.length ? h("p", null, a.done.join(" ")) : null, h("ul", null, a.events.map((e) => h("li", null, `${e.event} (${e.when})`))),
      h("p", {class: "small soft"}, a.source.text, " ", a.source.url ? h("a", {href: a.source.url, rel: "noreferrer", target: "_blank"}, "link") : null, h("br"), a.dates));
  }

  stale() {
    if (this.forecast) this.result.classList.add("stale");
    this.run.textContent = this.forecast ? "Forecast again" : "Forecast these plans";
  }

  async ask() {
    this.run.disabled = true;
    const asked = {plans: this.plans.asked(), years: Number(this.years.value), twins: Number(this.twins.value), seed: 1};
    const found = await working(this.work, () => post(`/api/charts/${this.key}/forecasts`, asked), {label: "Forecast"});
    this.run.disabled = false;
    if (!found) return;
    this.show(found);
    if (JSON.stringify(this.plans.asked()) !== JSON.stringify(asked.plans)) this.stale(); // changed while it ran
  }

  show(found) {
    this.forecast = found;
    this.shown = 0;
    this.result.classList.remove("stale");
    this.run.textContent = "Forecast again";
    fill(this.result, outcomesView(found));
    const named = found.outcomes.filter((o) => AHEAD.includes(o.id));
    const ahead = named.map((o) => ({id: o.id, label: o.id === "alive" ? o.name : `${o.name}, so far`, unit: "of 100", reference: null}));
    this.timeline.setPlans(found.unlike ? [] : found.plans.map((p) => this.withEvents(p, named)), found.years, [...ahead, ...this.drugsAhead(found.plans)]);
    this.paint();
  }

  /** The drugs that many of the twins alive come to be on, those first in which the plans differ. */
  drugsAhead(plans) {
    const months = Math.max(0, ...plans.map((p) => p.course.length));
    const shares = (id, k) => plans.map((p) => p.course[k]?.drugs).filter(Boolean).map((drugs) => drugs[id] || 0);
    const most = (of) => Math.max(0, ...Array.from({length: months}, (_, k) => of(k)));
    const rows = this.catalogue.drugs.filter((d) => d.id !== "home_safety").map((d) => ({d, share: most((k) => Math.max(0, ...shares(d.id, k))), gap: most((k) => Math.max(0, ...shares(d.id, k)) - Math.min(1, ...shares(d.id, k)))}));
    return rows.filter((r) => r.share > 0).sort((a, b) => b.gap + b.share - a.gap - a.share).slice(0, MOST_DRUGS).map(({d}) => ({id: `drug ${d.id}`, label: `On ${d.short}`, unit: "of 100", reference: null, low: true}));
  }

  /** A plan's course with the share on each drug, the share who have met each event by every month, and what the plan itself orders. */
  withEvents(plan, outcomes) {
    const so_far = (k) => Object.fromEntries(outcomes.filter((o) => plan.curves[o.id]?.months[k]).map((o) => { const [value, low, high] = plan.curves[o.id].months[k]; return [o.id, [low, value, high]]; }));
    const planned = plan.asked.orders.map((o) => ({day: o.day || 0, day_to: o.day || 0, said: this.plans.said({...o, day: 0}), when: dayWords(o.day || 0)}));
    const drugs = (m) => (m.drugs ? Object.fromEntries(this.catalogue.drugs.map((d) => [`drug ${d.id}`, Array(3).fill(100 * (m.drugs[d.id] || 0))])) : {});
    return {...plan, planned, course: plan.course.map((m, k) => ({...m, signals: {...m.signals, ...so_far(k), ...drugs(m)}}))};
  }

  /** After a reload: the last forecast of this chart, or one still under way. */
  async resume() {
    const {jobs} = await get("/api/jobs");
    const own = jobs.filter((j) => j.kind === "forecast" && j.asked.chart === this.key).reverse();
    const job = own.find((j) => j.state === "done" || j.state === "running" || j.state === "waiting");
    if (!job) return;
    const asked = job.asked.body;
    this.plans.plans = asked.plans.map((p) => ({...p, words: this.catalogue.plans.find((k) => k.name === p.name)?.words}));
    this.plans.draw();
    this.years.value = String(asked.years);
    this.twins.value = String(asked.twins);
    this.run.disabled = true;
    const found = job.state === "done" ? await get(`/api/jobs/${job.id}/result`) : await working(this.work, async () => ({job: job.id}), {label: "Forecast"});
    this.run.disabled = false;
    if (found) this.show(found);
  }
}

const percent = (r) => `${Math.round(100 * r[1])} % (${Math.round(100 * r[0])} to ${Math.round(100 * r[2])} %)`;
const ratio = (r) => `${r[1]} (${r[0]} to ${r[2]})`;
