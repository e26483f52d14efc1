// The page for the person themself and the page for the meeting, to read and to print.

import {get} from "./api.js";
import {fill, h, table} from "./elements.js";

const WHO = {patient: "for the person", meeting: "for the meeting"};

export async function pageOf(main, key, reader) {
  const page = await get(`/api/charts/${key}/pages/${reader}`);
  fill(main, h("p", {class: "buttons screenonly"}, h("a", {class: "button", href: `#/patient/${key}`}, "← Back to the chart"),
    Object.entries(WHO).filter(([k]) => k !== reader).map(([k, words]) => h("a", {class: "button", href: `#/patient/${key}/${k}`}, `The page ${words}`)),
    h("button", {type: "button", class: "main", on: {click: () => window.print()}}, "Print, or save as PDF")),
  reader === "patient" ? forPerson(page) : forMeeting(page));
}

const blocks = (list) => list.map((b) => (Array.isArray(b) ? h("ul", null, b.map((line) => h("li", null, line))) : h("p", null, b)));

function forPerson(page) {
  const call = page.call_now;
  const saysAsk = (q) => q.blocks.flat().some((line) => line.includes("Ask "));
  const ask = (q) => (q.asks_team && !saysAsk(q) ? h("p", {class: "askteam"}, "Ask your team.") : null);
  const question = (q) => h("section", {class: "question"}, h("h2", null, h("span", {class: "number", "aria-hidden": "true"}, String(q.number)), ` ${q.question}`),
    q.closed ? [blocks(q.blocks.slice(0, 1)), q.blocks.length > 1 ? h("details", null, h("summary", null, "Open only if you want to know"), blocks(q.blocks.slice(1)), ask(q)) : null] : [blocks(q.blocks), ask(q)]);
  return h("article", {class: "sheetpage person"},
    h("section", {class: "box alarm callnow", "aria-label": call.title}, h("h2", null, call.title), call.today.length ? [h("p", null, h("b", null, call.today_title)), h("ul", null, call.today.map((t) => h("li", null, h("b", null, t))))] : null,
      h("ul", null, call.signs.map((s) => h("li", null, s))), call.numbers.map((n) => h("p", null, h("b", null, n.number), ` ${n.what}`)), call.numbers_missing ? h("p", null, call.numbers_missing) : null, h("p", null, call.emergency)),
    h("header", null, h("h1", null, page.title), h("p", {class: "soft"}, `Made from the record of ${page.as_of}.`)), h("p", null, page.intro), page.questions.map(question),
    h("section", {class: "question"}, h("h2", null, "My own questions"), h("div", {class: "writelines", "aria-hidden": "true"}, Array.from({length: 5}, () => h("div")))), h("p", {class: "small soft"}, page.notice));
}

function forMeeting(page) {
  const size = (b) => (b.longest_mm === null ? "not known" : `${b.longest_mm} mm`);
  const place = (b) => `${b.place === "any" ? "diffuse, or place not stated" : b.place}${b.certain ? "" : " (not certain)"}${b.painful ? ", hurts most" : ""}`;
  return h("article", {class: "sheetpage meeting"}, h("header", null, h("h1", null, page.title), h("p", null, `${page.who}. Chart of ${page.as_of}.`)),
    h("section", null, h("h2", null, "Urgent"), page.urgent.length ? h("div", {class: "boxes"}, page.urgent.map((u) => h("div", {class: "box alarm"}, h("p", null, h("b", null, u.action), ", ", h("b", {class: "limit"}, u.limit), ` (${u.because})`)))) : h("div", {class: "box calm"}, h("p", null, page.nothing_urgent))),
    h("section", null, h("h2", null, "Bone"), page.bones.length ? table("Places of bone in the chart", ["Bone", "Kind", "Size", "Score", "Cord", "Done so far"], page.bones.map((b) => [place(b), b.kind || "not known", size(b), b.scores || "–", b.cord || "–", b.done || "–"])) : h("p", null, "No place of bone in the chart."), page.more_bones ? h("p", {class: "soft"}, `And ${page.more_bones} more.`) : null),
    h("div", {class: "disciplines"}, page.disciplines.map((d) => h("section", {class: "card"}, h("h2", null, d.name), h("dl", {class: "made"}, d.facts.map((f) => [h("dt", null, f.what), h("dd", null, f.value)])), d.asks.length ? [h("h3", null, "The rules ask"), h("ul", null, d.asks.map((a) => h("li", null, a)))] : null,
      d.more_asks ? h("p", {class: "soft"}, `And ${d.more_asks} more, on the page of the chart.`) : null, d.missing.length ? h("p", {class: "missing"}, h("b", null, "Not in the chart: "), `${d.missing.join(", ")}.`) : null))),
    h("p", {class: "small soft"}, page.notice));
}
