// A virtual person: choose, press play, read the story beside; switch a treatment on and see the same person diverge.

import {get, post} from "./api.js";
import {choice, field, fill, h, svg} from "./elements.js";
import {planMark} from "./curves.js";
import {Plans} from "./plans.js";
import {working} from "./progress.js";
import {Skeleton, legend, loadDrawings} from "./skeleton.js";
import {short} from "./timeline.js";

const DEFAULT = {cancer: "breast", seed: 12, years: 8}, PER_SECOND = 9, MOST_TOLD = 8, MOST_BONES = 3;

export async function person(main) {
  const [settable, catalogue] = await Promise.all([get("/api/traits"), get("/api/plans"), loadDrawings()]);
  const view = new PersonView(settable, catalogue);
  fill(main, view.node);
  await view.resume();
}

class PersonView {
  constructor(settable, catalogue) {
    Object.assign(this, {settable, catalogue, asked: {...DEFAULT, traits: {}}, lives: [], at: 0, truth: true, playing: null, bone: null, skeletons: []});
    this.labels = Object.fromEntries(catalogue.sites.map((s) => [s.id, s.label[0].toUpperCase() + s.label.slice(1)]));
    this.work = h("div", {class: "work"});
    this.stage = h("div", {class: "stage-board"});
    this.form = this.asking();
    this.node = h("div", null, h("h1", null, "A virtual person"), h("p", null, "Somebody who is not real, from the first cells to the end, in whose bones the cancer had begun to grow when it was found. The same seed gives the same person."), h("section", {class: "card"}, this.form), this.work, this.stage);
  }

  asking() {
    const cancer = choice(this.settable.cancers.map((c) => ({value: c.id, label: c.label})), this.asked.cancer, (v) => { this.asked.cancer = v; });
    this.seed = h("input", {type: "number", min: 0, max: 4294967295, step: 1, value: this.asked.seed, on: {input: (e) => { this.asked.seed = e.target.valueAsNumber || 0; }}});
    const years = choice([3, 5, 8, 12].map((y) => ({value: String(y), label: `${y} years`})), String(this.asked.years), (v) => { this.asked.years = Number(v); });
    this.fields = {cancer, years};
    const another = h("button", {type: "button", on: {click: () => { this.asked.seed = (this.asked.seed * 7 + 13) % 100000; this.seed.value = this.asked.seed; this.ask(); }}}, "Somebody else");
    this.askers = [h("button", {type: "submit", class: "main"}, "Live this life"), another];
    return h("form", {class: "asking", on: {submit: (e) => { e.preventDefault(); this.ask(); }}}, h("div", {class: "fields"}, field("Cancer", cancer), field("Seed (the luck)", this.seed), field("Follow for", years)),
      h("details", null, h("summary", null, "Age and traits"), h("div", {class: "fields"}, this.settable.traits.map((t) => this.slider(t)))), h("div", {class: "buttons"}, this.askers));
  }

  /** A trait as it is drawn, or set by hand. */
  slider(trait) {
    const value = h("output", null, "as drawn");
    const range = h("input", {type: "range", min: trait.low, max: trait.high, step: trait.id === "age_years" ? 1 : 0.01, value: trait.typical, "aria-describedby": `note-${trait.id}`});
    const box = h("input", {type: "checkbox", "aria-label": `Set ${trait.label}`});
    const apply = () => {
      if (box.checked) { this.asked.traits[trait.id] = range.valueAsNumber; value.textContent = `${range.value}${trait.unit === "1" ? " × typical" : ` ${trait.unit}`}`; }
      else { delete this.asked.traits[trait.id]; value.textContent = "as drawn"; }
    };
    range.addEventListener("input", () => { box.checked = true; apply(); });
    box.addEventListener("change", apply);
    return h("div", {class: "slider"}, h("div", null, box, h("label", {for: `trait-${trait.id}`}, trait.label), value), Object.assign(range, {id: `trait-${trait.id}`}), h("p", {class: "small soft", id: `note-${trait.id}`}, trait.note));
  }

  async ask() {
    this.pause();
    const asked = structuredClone(this.asked);
    for (const b of this.askers) b.disabled = true;
    const life = await working(this.work, () => post("/api/lives", asked), {label: "A life"});
    for (const b of this.askers) b.disabled = false;
    if (!life) return; // what was shown stays
    this.lives = [life];
    this.lived = asked;
    this.board();
    this.go(life.pictures.findIndex((p) => p.day >= 0));
  }

  /** After a reload: the last life that was lived here, and the one beside it. */
  async resume() {
    const {jobs} = await get("/api/jobs");
    const done = jobs.filter((j) => j.kind === "life" && j.state === "done");
    const base = done.filter((j) => !j.asked.plan).pop();
    if (!base) { await this.ask(); return; }
    const beside = done.filter((j) => j.asked.plan && same(j.asked, base.asked)).pop();
    this.lives = await Promise.all([base, beside].filter(Boolean).map((j) => get(`/api/jobs/${j.id}/result`)));
    this.lived = {cancer: base.asked.cancer, seed: base.asked.seed, years: base.asked.years, traits: base.asked.traits || {}};
    Object.assign(this.asked, structuredClone(this.lived));
    this.seed.value = this.lived.seed;
    this.fields.cancer.value = this.lived.cancer;
    this.fields.years.value = String(this.lived.years);
    this.board();
    this.go(this.lives[0].pictures.findIndex((p) => p.day >= 0));
  }

  board() {
    const first = this.lives[0], p = first.person;
    const signals = this.settable.cancers.find((c) => c.id === first.cancer).signals.filter((s) => first.pictures[0].signals[s.id] !== undefined);
    this.signals = signals;
    this.hand = h("input", {type: "range", min: 0, max: this.longest - 1, step: 1, value: this.at, "aria-label": "Move through this life", on: {input: (e) => { this.pause(); this.go(Number(e.target.value)); }}});
    this.playButton = h("button", {type: "button", class: "main", on: {click: () => (this.playing ? this.pause() : this.play())}}, "▶ Play");
    this.when = h("output", {class: "when"});
    const pick = (truth, label) => h("button", {type: "button", "aria-pressed": String(this.truth === truth), on: {click: (e) => { this.truth = truth; for (const b of e.target.parentNode.children) b.setAttribute("aria-pressed", String(b === e.target)); this.paint(); }}}, label);
    this.charts = h("div", {class: "sparks"});
    this.differ = h("p", {class: "differ", "aria-live": "off"});
    this.columns = this.lives.map((life, i) => this.column(life, i));
    const boxNote = h("p", {class: "small soft"}, "The truth: every bone with tumour, known or not. The clinic: only what tests have shown.");
    fill(this.stage, h("section", {class: "card"}, h("h2", null, `A ${p.sex} of ${p.age_years}, ${p.cancer}`), h("p", {class: "small soft"}, `${p.chosen}. ${first.notice}`),
      h("div", {class: "playline"}, this.playButton, h("div", {class: "grow"}, this.when, this.hand)),
      h("div", {class: "zooms", role: "group", "aria-label": "What is shown"}, pick(true, "The truth"), pick(false, "What the clinic knows")), boxNote, this.differ,
      h("div", {class: `lifeboard${this.lives.length > 1 ? " two" : ""}`}, this.columns.map((c) => c.nodes)), legend(), this.charts, this.parting()), this.switching());
    this.drawCharts();
  }

  /** One life: its skeleton, the bone that was picked, its story. Two lives stand side by side. */
  column(life, i) {
    const two = this.lives.length > 1;
    this.skeletons[i] ||= new Skeleton(this.labels, (id) => this.pick(id), {compact: true, key: false});
    const out = {life, skeleton: this.skeletons[i], bone: h("p", {class: "boneline small", "aria-live": "polite"}), state: h("span", {class: "soft"})};
    out.story = h("ol", {class: "story", tabindex: 0, "aria-label": two ? `The story under ${nameOf(life)}` : "The story in words"}, life.events.map((e) => h("li", {class: e.known ? "" : "hidden", "data-day": e.day}, h("small", null, e.when), h("span", null, e.text))));
    out.nodes = two ? h("section", {class: "onelife", "aria-label": nameOf(life)}, h("h3", null, planMark(i), ` ${nameOf(life)}`, out.state), out.skeleton.node, out.bone, out.story)
      : [h("div", null, out.skeleton.node, out.bone), h("div", {class: "storybox"}, h("h3", null, "The story"), out.story)];
    return out;
  }

  /** A bone that was picked is looked at in both lives. */
  pick(id) {
    this.bone = id;
    for (const {skeleton} of this.columns) { skeleton.chosen = id; skeleton.outlineChosen(); }
    this.paint();
  }

  /** What is told of one life and not of the other. */
  parting() {
    if (this.lives.length < 2) return null;
    const told = (l) => new Set(l.events.map((e) => `${e.day} ${e.text}`));
    const own = this.lives.map((l, i) => l.events.filter((e) => !told(this.lives[1 - i]).has(`${e.day} ${e.text}`)));
    const column = (events, i) => h("section", null, h("h4", null, planMark(i, 12), ` Only under ${nameOf(this.lives[i])}`), events.length ? h("ul", {class: "small"}, events.slice(0, MOST_TOLD).map((e) => h("li", {class: e.known ? "" : "hidden"}, h("span", {class: "soft"}, `${e.when}: `), e.text)), events.length > MOST_TOLD ? h("li", {class: "soft"}, `and ${events.length - MOST_TOLD} more`) : null) : h("p", {class: "soft"}, "Nothing of its own."));
    return h("div", null, h("h3", {class: "parting"}, "Where the two lives part"), h("div", {class: "fields"}, own.map(column)));
  }

  get longest() { return Math.max(...this.lives.map((l) => l.pictures.length)); }

  play() {
    if (this.at >= this.longest - 1) this.go(0);
    this.playButton.textContent = "❚❚ Pause";
    this.playing = setInterval(() => { if (!this.playButton.isConnected || this.at >= this.longest - 1) this.pause(); else this.go(this.at + 1); }, 1000 / PER_SECOND);
  }

  pause() {
    clearInterval(this.playing);
    this.playing = null;
    if (this.playButton) this.playButton.textContent = "▶ Play";
  }

  go(at) {
    this.at = Math.max(0, at);
    this.hand.value = this.at;
    this.paint();
  }

  pictureOf(life) { return life.pictures[Math.min(this.at, life.pictures.length - 1)]; }

  paint() {
    const seen = this.lives.map((l) => this.pictureOf(l)), latest = seen.reduce((a, b) => (b.day > a.day ? b : a));
    this.when.textContent = sinceDiagnosis(latest.day) + (this.lives.length === 1 && !latest.alive ? " · has died" : "");
    this.hand.setAttribute("aria-valuetext", this.when.textContent);
    const shown = seen.map((now) => Object.fromEntries((this.truth ? now.truth : now.known).map((b) => [b.bone, {...b, kind: b.kind || "unsure", said: said(b, this.truth), brief: said(b, false)}])));
    this.columns.forEach((column, i) => {
      const now = seen[i];
      column.skeleton.show(shown[i]);
      column.skeleton.node.classList.toggle("ended", !now.alive);
      column.state.textContent = now.alive ? "" : `, died ${sinceDiagnosis(now.day)}`;
      column.bone.textContent = this.bone ? `${this.labels[this.bone]}: ${shown[i][this.bone]?.said || (this.truth ? "no tumour" : "nothing known")}.` : "Choose a bone to read how it stands.";
      tell(column.story, now.day);
    });
    this.differ.textContent = this.lives.length > 1 ? parted(shown, this.labels) : "";
    for (const c of this.cursors || []) c.setAttribute("transform", `translate(${this.xAt(latest.day)} 0)`);
    for (const [signal, out] of this.outputs || []) out.textContent = this.lives.map((l) => figure(this.pictureOf(l).signals[signal.id], signal)).join(" · ");
  }

  xAt(day) {
    const [first, last] = this.span;
    return ((day - first) / (last - first)) * 300;
  }

  drawCharts() {
    const all = this.lives.flatMap((l) => l.pictures);
    this.span = [Math.min(...all.map((p) => p.day)), Math.max(...all.map((p) => p.day))];
    this.cursors = [];
    this.outputs = [];
    fill(this.charts, this.signals.map((s) => {
      const values = all.map((p) => p.signals[s.id]);
      const log = ["psa", "ca153", "cea", "ntx", "alp"].includes(s.id);
      const of = (v) => (log ? Math.log(Math.max(v, 0.05)) : v);
      const zero = s.unit === "of 10" || ["tumour_ml", "lesions", "ecog"].includes(s.id);
      const usual = s.reference && s.reference[1] > s.reference[0] ? s.reference.map(of) : [];
      const low = Math.min(...values.map(of), ...usual, ...(zero ? [0] : [])), high = s.unit === "of 10" ? 10 : Math.max(...values.map(of), ...usual, ...(s.id === "ecog" ? [4] : []));
      const y = (v) => 54 - ((of(v) - low) / (high - low || 1)) * 50;
      const cursor = svg("g", {class: "cursor"}, svg("line", {y1: 0, y2: 58}));
      this.cursors.push(cursor);
      const out = h("output");
      this.outputs.push([s, out]);
      const lines = this.lives.map((l, i) => svg("path", {class: `line p${i}`, d: `M${l.pictures.map((p) => `${this.xAt(p.day).toFixed(1)} ${y(p.signals[s.id]).toFixed(1)}`).join("L")}`}));
      const mark = this.lives[1] ? svg("line", {class: "switch", x1: this.xAt(this.lives[1].from_day), x2: this.xAt(this.lives[1].from_day), y1: 0, y2: 58}) : null;
      const normal = usual.length ? svg("rect", {class: "normal", x: 0, width: 300, y: y(s.reference[1]), height: Math.max(0, y(Math.max(s.reference[0], log ? 0.05 : -Infinity)) - y(s.reference[1]))}) : null;
      return h("figure", {class: "spark"}, h("figcaption", null, h("span", null, s.label, s.unit ? h("small", null, ` ${s.unit}`) : null), out), svg("svg", {viewBox: "0 0 300 58", preserveAspectRatio: "none", "aria-hidden": "true"}, normal, svg("line", {class: "today", x1: this.xAt(0), x2: this.xAt(0), y1: 0, y2: 58}), mark, lines, cursor));
    }));
  }

  /** Another plan from a day on: the same person, the same luck. */
  switching() {
    let from = 0;
    const known = this.catalogue.plans;
    let plan = structuredClone(known.find((p) => p.name === "standard-denosumab") || known[0]);
    const months = choice([0, 3, 6, 12, 18, 24, 36].map((m) => ({value: String(m), label: m ? `${m} months after the diagnosis` : "the diagnosis"})), "0", (v) => { from = Math.round(Number(v) * 30.4375); });
    const editor = new Plans(this.catalogue, [plan], () => { plan = editor.plans[0]; });
    const which = choice(known.map((p) => ({value: p.name, label: p.words})), plan.name, (name) => { editor.plans = [structuredClone(known.find((p) => p.name === name))]; plan = editor.plans[0]; editor.draw(); });
    const work = h("div");
    const go = h("button", {type: "button", class: "main", on: {click: async () => {
      plan = editor.plans[0];
      const {name, description, care, withhold, orders} = plan, base = this.lives[0];
      go.disabled = true;
      const life = await working(work, () => post("/api/lives", {...this.lived, plan: {name, description, care, withhold, orders}, from_day: from}), {label: "The other life"});
      go.disabled = false;
      if (!life || this.lives[0] !== base) return; // another person has come meanwhile
      this.lives = [base, life];
      const keep = this.at;
      this.board();
      this.go(keep);
      this.stage.scrollIntoView({block: "start"});
    }}}, "Live it again with this plan");
    return h("section", {class: "card switching"}, h("h2", null, "What if another plan had begun?"), h("p", {class: "small soft"}, "The same person with the same luck. Until that day both lives are the same to the last digit; what differs afterwards is the plan's doing."),
      h("div", {class: "fields"}, field("Plan", which), field("From", months)), h("div", {class: "oneplan"}, editor.node), h("div", {class: "buttons"}, go), work);
  }
}

const figure = (v, signal) => (signal.unit === "of 10" ? String(Math.round(10 * v) / 10) : short(v));
const same = (a, b) => a.cancer === b.cancer && a.seed === b.seed && a.years === b.years && JSON.stringify(a.traits || {}) === JSON.stringify(b.traits || {});
const nameOf = (life) => (life.plan ? `${life.plan.replaceAll("-", " ")} from month ${Math.round(life.from_day / 30.4375)}` : "standard care");

/** Mark what has come by a day in a story, and scroll to the last of it. */
function tell(story, day) {
  let last = null;
  for (const item of story.children) {
    const past = Number(item.dataset.day) <= day;
    item.classList.toggle("yet", !past);
    item.classList.remove("now");
    if (past) last = item;
  }
  if (last) { last.classList.add("now"); story.scrollTop = last.offsetTop - story.offsetTop - story.clientHeight / 2; }
}

/** The bones that differ between two lives, in words. */
function parted([one, other], labels) {
  const bones = [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((id) => one[id]?.brief !== other[id]?.brief);
  if (!bones.length) return "No bone differs between the two lives yet.";
  const apart = (id) => Math.abs((one[id]?.size_mm || 0) - (other[id]?.size_mm || 0));
  const told = bones.sort((a, b) => apart(b) - apart(a)).slice(0, MOST_BONES).map((id) => `${labels[id]} (${one[id]?.brief || "nothing"} beside ${other[id]?.brief || "nothing"})`);
  return `Bones that differ: ${told.join("; ")}${bones.length > MOST_BONES ? `; and ${bones.length - MOST_BONES} more` : ""}.`;
}

function said(b, truth) {
  return [`${b.kind || "kind not known"}`, b.size_mm ? `${Math.round(b.size_mm)} mm` : "", b.broken ? "broken" : "", b.irradiated ? "irradiated" : "", b.held ? "held by an operation" : "", truth && b.strength !== undefined ? `strength ${Math.round(100 * b.strength)} % of an intact bone, daily load ${Math.round(100 * b.load)} % of it` : ""].filter(Boolean).join(", ");
}

function sinceDiagnosis(day) {
  const months = Math.round(Math.abs(day) / 30.4375), years = Math.floor(months / 12), left = months % 12;
  if (!months) return "The diagnosis";
  const span = [years ? `${years} year${years > 1 ? "s" : ""}` : "", left ? `${left} month${left > 1 ? "s" : ""}` : ""].filter(Boolean).join(" ");
  return `${span} ${day > 0 ? "after" : "before"} the diagnosis`;
}
