// Plans side by side: choose, edit, copy, remove. A plan is orders on top of standard care, or of none.

import {choice, field, fill, h} from "./elements.js";
import {planMark} from "./curves.js";

const MOST = 6;

export class Plans {
  constructor(catalogue, chosen, changed) {
    this.catalogue = catalogue;
    this.plans = chosen;
    this.changed = changed;
    this.cards = h("div", {class: "plans"});
    this.node = h("div", null, this.cards);
    this.draw();
  }

  draw() {
    const known = this.catalogue.plans.filter((p) => !this.plans.some((own) => own.name === p.name));
    const add = choice([{value: "", label: "Add a plan …"}, ...known.map((p) => ({value: p.name, label: p.words})), {value: "+", label: "A plan of my own"}], "", (name) => this.add(name), {"aria-label": "Add a plan"});
    fill(this.cards, this.plans.map((plan, i) => this.card(plan, i)), this.plans.length < MOST ? h("div", {class: "card add"}, add) : null);
  }

  card(plan, i) {
    const words = plan.words || plan.name;
    const button = (label, call, extra) => h("button", {type: "button", "aria-label": `${label}: ${words}`, on: {click: call}, ...extra}, label);
    return h("section", {class: `card plan p${i}`, "aria-label": `Plan ${i + 1}: ${words}`},
      h("h3", null, planMark(i), " ", words), i === 0 ? h("p", {class: "tag"}, "the others are compared with this one") : null,
      plan.description ? h("p", {class: "small soft"}, plan.description) : null,
      h("ul", {class: "orders"}, this.lines(plan).map((line) => h("li", null, line))),
      h("div", {class: "buttons"}, button("Edit", () => this.edit(i)), button("Copy", () => this.copy(i), {disabled: this.plans.length >= MOST}), button("Remove", () => this.remove(i), {disabled: this.plans.length < 2})));
  }

  /** A plan in plain lines. */
  lines(plan) {
    const out = [plan.care === "none" ? "No standard care at all" : "Standard care"];
    if (plan.withhold.length) out.push(`Without: ${plan.withhold.map((t) => this.topic(t)).join(", ")}`);
    return [...out, ...plan.orders.map((o) => this.said(o))];
  }

  topic(id) { return (this.catalogue.topics.find((t) => t.id === id)?.label || id).toLowerCase(); }

  said(o) {
    const drug = this.catalogue.drugs.find((d) => d.id === o.what), local = this.catalogue.procedures.find((p) => p.id === o.what);
    const site = this.catalogue.sites.find((s) => s.id === o.site);
    const dose = Object.entries(o).find(([key]) => key.startsWith("dose_"));
    const parts = [`${{start: "Start", stop: "Stop", treat: "", test: "Test:"}[o.do]} ${drug?.label || local?.label || o.what}`.trim(), dose ? `${dose[1]} ${doseUnit(dose[0])}` : "",
      o.fractions ? `in ${o.fractions} fraction${o.fractions > 1 ? "s" : ""}` : "", o.technique && o.technique !== "conventional" ? o.technique.replace("_", "-") : "", o.every_weeks ? `every ${o.every_weeks} week${o.every_weeks > 1 ? "s" : ""}` : "", site ? `to the ${site.label}` : "", o.day ? `from day ${o.day}` : ""];
    return parts.filter(Boolean).join(" ");
  }

  add(name) {
    if (!name) return;
    if (name !== "+") this.plans.push(structuredClone(this.catalogue.plans.find((p) => p.name === name)));
    else this.plans.push({name: this.free("my plan"), words: "", description: "", care: "standard", withhold: [], orders: []});
    this.done();
    if (name === "+") this.edit(this.plans.length - 1);
  }

  free(name) {
    let k = 2, out = name;
    while (this.plans.some((p) => p.name === out)) out = `${name} ${k++}`;
    return out;
  }

  copy(i) {
    const plan = structuredClone(this.plans[i]);
    plan.name = this.free(`${plan.words || plan.name}, changed`);
    plan.words = "";
    this.plans.splice(i + 1, 0, plan);
    this.done();
    this.edit(i + 1);
  }

  remove(i) {
    this.plans.splice(i, 1);
    this.done();
  }

  done() {
    this.draw();
    this.changed();
  }

  /** A plan in a dialog; nothing changes until it is kept. */
  edit(i) {
    const plan = structuredClone(this.plans[i]);
    const orders = h("div", {class: "orderlist"});
    const redraw = () => fill(orders, plan.orders.length ? plan.orders.map((o, k) => this.orderRow(plan, k, redraw)) : h("p", {class: "soft small"}, "No orders of its own: standard care alone, but for what is left out above."));
    const name = h("input", {type: "text", value: plan.words || plan.name, maxlength: 80, required: true});
    const care = choice([{value: "standard", label: "On top of standard care"}, {value: "none", label: "No standard care at all"}], plan.care, (v) => { plan.care = v; });
    const without = h("fieldset", null, h("legend", null, "Leave out of standard care"), this.catalogue.topics.map((t) => h("label", {class: "beside"},
      h("input", {type: "checkbox", checked: plan.withhold.includes(t.id), on: {change: (e) => { plan.withhold = e.target.checked ? [...plan.withhold, t.id] : plan.withhold.filter((w) => w !== t.id); }}}), t.label)));
    const add = (label, order) => h("button", {type: "button", on: {click: () => { plan.orders.push(order()); redraw(); }}}, label);
    const site = this.defaultSite || "L3";
    const close = () => { dialog.close(); dialog.remove(); };
    const problem = h("p", {class: "problem", role: "alert"});
    const keep = (e) => {
      e.preventDefault();
      const title = name.value.trim();
      if (this.plans.some((p, k) => k !== i && (p.name === title || p.words === title))) { problem.textContent = "Another plan has this name; choose a different one."; name.focus(); return; }
      if (title !== (plan.words || plan.name)) Object.assign(plan, {name: title, words: ""});
      else if (JSON.stringify(plan) !== JSON.stringify(this.plans[i]) && this.catalogue.plans.some((p) => p.name === plan.name)) Object.assign(plan, {name: this.free(`${title}, changed`), words: ""});
      if (JSON.stringify(plan.orders) !== JSON.stringify(this.plans[i].orders) || plan.care !== this.plans[i].care) plan.description = "";
      this.plans[i] = plan;
      close();
      this.done();
    };
    const dialog = h("dialog", {class: "sheet", "aria-label": "Edit the plan"}, h("form", {method: "dialog", on: {submit: keep}},
      h("h2", null, "Edit the plan"), h("div", {class: "fields"}, field("Name", name), field("Care", care)), without,
      h("h3", null, "Orders of this plan"), h("p", {class: "small soft"}, "A plan owns the topics it orders in: standard care then gives no order there. What the rules forbid is not given, and the forecast says so."), orders,
      h("div", {class: "buttons"}, add("Add a drug", () => ({do: "start", what: "zoledronate", day: 0, every_weeks: 12})), add("Stop a drug", () => ({do: "stop", what: "zoledronate", day: 0})),
        add("Add radiotherapy", () => ({do: "treat", what: "radiotherapy", site, day: 7, dose_gy: 8, fractions: 1})), add("Add an operation", () => ({do: "treat", what: this.catalogue.procedures.find((p) => p.id !== "radiotherapy").id, site, day: 7}))),
      problem, h("div", {class: "buttons end"}, h("button", {type: "button", on: {click: close}}, "Leave as it was"), h("button", {type: "submit", class: "main"}, "Keep"))));
    dialog.addEventListener("close", () => dialog.remove());
    redraw();
    document.body.append(dialog);
    dialog.showModal();
  }

  orderRow(plan, k, redraw) {
    const o = plan.orders[k];
    const set = (key, value) => { if (value === "" || Number.isNaN(value)) delete o[key]; else o[key] = value; };
    const amount = (label, key, props) => field(label, h("input", {type: "number", value: o[key] ?? "", step: "any", min: 0, ...props, on: {input: (e) => set(key, e.target.valueAsNumber)}}));
    const cells = [];
    if (o.do === "treat") {
      cells.push(field("What", choice(this.catalogue.procedures.map((p) => ({value: p.id, label: p.label})), o.what, (v) => { o.what = v; if (v !== "radiotherapy") for (const key of ["dose_gy", "fractions", "technique"]) delete o[key]; redraw(); })));
      cells.push(field("Bone", choice(this.catalogue.sites.map((s) => ({value: s.id, label: s.label})), o.site, (v) => { o.site = v; })));
      if (o.what === "radiotherapy") cells.push(amount("Dose, Gy", "dose_gy", {max: 80}), amount("Fractions", "fractions", {min: 1, max: 40, step: 1}),
        field("Technique", choice(this.catalogue.techniques.map((t) => ({value: t.id, label: t.label})), o.technique || "conventional", (v) => { o.technique = v; })));
    } else {
      const groups = Object.groupBy ? Object.groupBy(this.catalogue.drugs, (d) => d.topic) : {"": this.catalogue.drugs};
      const options = Object.entries(groups).map(([topic, drugs]) => ({label: this.topic(topic), options: drugs.map((d) => ({value: d.id, label: d.label}))}));
      cells.push(field(o.do === "stop" ? "Stop" : "Drug", choice(options, o.what, (v) => { for (const key of Object.keys(o)) if (key.startsWith("dose_")) delete o[key]; o.what = v; redraw(); })));
      const drug = this.catalogue.drugs.find((d) => d.id === o.what);
      if (o.do === "start") {
        if (drug?.field) cells.push(amount(`Dose, ${doseUnit(drug.field)}`, drug.field, {placeholder: `usual: ${drug.dose}`}));
        if (!drug?.daily) cells.push(amount("Every … weeks", "every_weeks", {min: 0.1, max: 104, placeholder: drug ? `usual: ${Math.round(drug.every_days / 0.7) / 10}` : ""}));
      }
    }
    cells.push(amount("From day", "day", {max: 3653, step: 1}));
    return h("div", {class: "orderrow"}, cells, h("button", {type: "button", "aria-label": "Remove this order", on: {click: () => { plan.orders.splice(k, 1); redraw(); }}}, "Remove"));
  }

  /** The plans as the server takes them. */
  asked() {
    return this.plans.map(({name, description, care, withhold, orders}) => ({name, description, care, withhold, orders}));
  }
}

/** The unit in the name of a dose: dose_mg_per_m2 is mg/m2. */
export function doseUnit(name) {
  return name.replace("dose_", "").replace("_per_", "/").replace("gy", "Gy").replace(/^g$/, "g").replace("iu", "IU").replace("kbq", "kBq").replace("mbq", "MBq").replace(/^l/, "L").replace("m2", "m²").replace("ug", "µg");
}
