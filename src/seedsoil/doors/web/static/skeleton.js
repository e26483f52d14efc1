// The skeleton, front and back: bones as the drawing's data has them, lesions by kind (colour and pattern), to scale.

import {announce, choice, fill, fresh, h, svg} from "./elements.js";
import {get} from "./api.js";

const VIEWS = ["front", "back"];
const LEAST_RADIUS = 4.2; // of a lesion, so that it can be seen
const PARTS = {
  whole: {label: "Whole body", box: null},
  spine: {label: "Spine", box: [-75, 100, 150, 350]},
  chest: {label: "Chest", box: [-125, 165, 250, 215]},
  pelvis: {label: "Pelvis and hips", box: [-115, 390, 230, 170]},
};
export const KINDS = {lytic: "Lytic: bone dissolved", mixed: "Mixed", blastic: "Blastic: bone hardened", unsure: "Kind not known"};
let drawings = null;

/** Both views of the drawing, fetched once. */
export async function loadDrawings() {
  drawings ||= Promise.all(VIEWS.map((view) => get(`/static/skeleton/${view}.json`)));
  return drawings;
}

/** A skeleton that shows a state and tells which bone was picked. */
export class Skeleton {
  constructor(labels, picked, {compact = false, key = true} = {}) {
    this.labels = labels;
    this.picked = picked;
    this.state = {};
    this.chosen = null;
    this.views = {};
    this.figures = h("div", {class: "figures"});
    const zooms = Object.entries(PARTS).map(([id, part]) =>
      h("button", {type: "button", "data-part": id, "aria-pressed": String(id === "whole"), on: {click: () => this.look(id)}}, part.label));
    this.zooms = h("div", {class: "zooms", role: "group", "aria-label": "Part of the skeleton shown"}, zooms);
    const listed = Object.entries(labels).map(([value, label]) => ({value, label}));
    this.list = choice([{value: "", label: "Choose a bone …"}, ...listed], "", (id) => id && this.pick(id), {"aria-label": "Choose a bone"});
    this.node = h("div", {class: `skeleton${compact ? " compact" : ""}`}, compact ? null : h("div", {class: "tools"}, this.zooms, this.list), this.figures, key ? legend() : null);
    this.ready = loadDrawings().then((views) => {
      for (const view of views) {
        this.views[view.view] = this.drawn(view);
        this.figures.append(h("figure", {class: view.view}, this.views[view.view].root, h("figcaption", null, view.view === "front" ? "from the front" : "from behind")));
      }
      this.show(this.state);
    });
  }

  drawn(view) {
    const prefix = fresh(view.view);
    const root = svg("svg", {viewBox: view.box.join(" "), "fill-rule": "evenodd", role: "group", "aria-label": `Skeleton ${view.view === "front" ? "from the front" : "from behind"}`}, svg("defs", null, patterns(prefix)));
    const layer = (name, ...nodes) => { const g = svg("g", {class: name}, nodes); root.append(g); return g; };
    layer("outline", svg("path", {d: view.outline}));
    layer("rest", view.rest.map((d) => svg("path", {d})));
    const far = {}, near = {}, all = Object.entries(view.bones);
    const farLayer = layer("far");
    layer("cartilage", view.cartilage.map((d) => svg("path", {d})));
    const nearLayer = layer("near");
    for (const [id, bone] of all) {
      const behind = bone.far ? svg("path", {d: bone.far, "data-bone": id}) : null;
      if (behind) { far[id] = behind; farLayer.append(behind); }
      if (!bone.near) continue;
      near[id] = svg("path", {d: bone.near, "data-bone": id}, svg("title", null, this.labels[id] || id));
      nearLayer.append(near[id]);
    }
    layer("lines", view.lines.map((d) => svg("path", {d})));
    const marks = layer("marks");
    root.addEventListener("click", (e) => { const id = e.target.closest("[data-bone]")?.dataset.bone; if (id) this.pick(id); });
    root.addEventListener("keydown", (e) => {
      const id = e.target.dataset?.bone;
      if (id && (e.key === "Enter" || e.key === " ")) { e.preventDefault(); this.pick(id); }
    });
    return {root, near, far, marks, prefix, view, box: view.box};
  }

  /** Show bones: {id: {kind, size_mm, share, broken, held, irradiated, certain, said}}. */
  show(state) {
    this.state = state;
    for (const one of Object.values(this.views)) {
      fill(one.marks);
      for (const [id, path] of Object.entries(one.near)) {
        const bone = state[id];
        path.setAttribute("class", bone ? `ill ${bone.kind || "unsure"}` : "");
        const title = path.querySelector("title");
        title.textContent = bone ? `${this.labels[id]}: ${bone.said}` : this.labels[id];
        if (one.far[id]) one.far[id].setAttribute("class", bone ? `ill ${bone.kind || "unsure"}` : "");
        for (const name of ["tabindex", "role", "aria-label"]) path.removeAttribute(name);
        if (!bone) continue;
        path.setAttribute("tabindex", "0");
        path.setAttribute("role", "button");
        path.setAttribute("aria-label", title.textContent);
        path.style.setProperty("--share", String(bone.share ?? 1));
        one.marks.append(...this.marked(one, id, bone));
      }
    }
    this.outlineChosen();
  }

  marked(one, id, bone) {
    const [x, y] = one.view.bones[id].centre;
    const out = [];
    const kind = bone.kind || "unsure";
    const r = Math.max(LEAST_RADIUS, (bone.size_mm || 0) / one.view.mm_a_unit / 2);
    const share = bone.share ?? 1;
    const dot = svg("g", {class: `lesion ${kind}${bone.certain === false ? " suspected" : ""}`, "data-bone": id, opacity: String(0.25 + 0.75 * share)},
      svg("circle", {cx: x, cy: y, r, class: "ground"}), svg("circle", {cx: x, cy: y, r, fill: `url(#${one.prefix}-${kind})`}));
    out.push(dot);
    if (bone.irradiated) out.push(svg("circle", {cx: x, cy: y, r: r + 3, class: "rayed", opacity: String(0.3 + 0.7 * shareOf(bone.irradiated))}));
    if (bone.held) out.push(svg("path", {d: `M${x - r - 6} ${y}h${2 * r + 12}M${x - r - 6} ${y - 3}v6M${x + r + 6} ${y - 3}v6`, class: "fixed", opacity: String(0.3 + 0.7 * shareOf(bone.held))}));
    if (bone.broken) out.push(svg("path", {d: `M${x - 9} ${y - 4}l6 6l2 -7l6 6l2 -6l4 5`, class: "crack", opacity: String(0.35 + 0.65 * shareOf(bone.broken))}));
    return out;
  }

  pick(id) {
    this.chosen = id;
    this.list.value = id;
    this.outlineChosen();
    announce(this.state[id] ? `${this.labels[id]}: ${this.state[id].said}` : `${this.labels[id]}: nothing recorded`);
    this.picked(id);
  }

  outlineChosen() {
    for (const one of Object.values(this.views)) {
      for (const [id, path] of Object.entries(one.near)) path.classList.toggle("chosen", id === this.chosen);
    }
  }

  look(part) {
    for (const b of this.zooms.children) b.setAttribute("aria-pressed", String(b.dataset.part === part));
    for (const one of Object.values(this.views)) one.root.setAttribute("viewBox", (PARTS[part].box || one.box).join(" "));
    this.figures.classList.toggle("wide", part !== "whole");
  }
}

const shareOf = (x) => (x === true ? 1 : Number(x));

function patterns(prefix) {
  const one = (kind, size, ...shapes) => svg("pattern", {id: `${prefix}-${kind}`, width: size, height: size, patternUnits: "userSpaceOnUse", class: `pattern ${kind}`}, shapes);
  return [
    one("lytic", 4, svg("circle", {cx: 1, cy: 1, r: 0.9}), svg("circle", {cx: 3, cy: 3, r: 0.9})),
    one("blastic", 3.6, svg("path", {d: "M-1 4.600l5.600 -5.600M-1 1l2 -2M2.600 4.600l2 -2"})),
    one("mixed", 4, svg("path", {d: "M0 4l4 -4"}), svg("circle", {cx: 1, cy: 1, r: 0.8}), svg("circle", {cx: 3.2, cy: 3.2, r: 0.8})),
    one("unsure", 5, svg("path", {d: "M1 2.500h3M2.500 1v3"})),
  ];
}

/** What the colours, patterns and marks mean. */
export function legend() {
  const prefix = fresh("key");
  const swatch = (kind) => svg("svg", {viewBox: "-8 -8 16 16", width: 20, height: 20, "aria-hidden": "true"}, svg("defs", null, patterns(prefix + kind).filter((p) => p.id.endsWith(kind))),
    svg("g", {class: `lesion ${kind}`}, svg("circle", {r: 7, class: "ground"}), svg("circle", {r: 7, fill: `url(#${prefix + kind}-${kind})`})));
  const mark = (node) => svg("svg", {viewBox: "-11 -8 22 16", width: 26, height: 20, "aria-hidden": "true"}, svg("g", {class: "marks"}, node));
  return h("ul", {class: "key", "aria-label": "What the marks mean"},
    Object.entries(KINDS).map(([kind, label]) => h("li", null, swatch(kind), label)),
    h("li", null, mark(svg("path", {d: "M-9 -2l6 6l2 -7l6 6l2 -6l2 3", class: "crack"})), "Broken"),
    h("li", null, mark(svg("circle", {r: 6, class: "rayed"})), "Irradiated"),
    h("li", null, mark(svg("path", {d: "M-9 0h18M-9 -3v6M9 -3v6", class: "fixed"})), "Held by an operation"),
    h("li", {class: "soft"}, "Circles are drawn to scale."));
}
