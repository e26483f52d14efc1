// The page: which part is shown, light or dark, and forgetting.

import {drop} from "./api.js";
import {announce, fill, h} from "./elements.js";

const READERS = ["patient", "meeting"];
const VIEWS = {
  patient: (main, key, reader) => (READERS.includes(reader) ? import("./pages.js").then((m) => m.pageOf(main, key, reader)) : import("./patient.js").then((m) => (key ? m.patient(main, key) : m.choosing(main)))),
  person: (main) => import("./person.js").then((m) => m.person(main)),
  trials: (main, name) => import("./trials.js").then((m) => m.trials(main, name)),
  evidence: (main) => import("./evidence.js").then((m) => m.evidence(main)),
  interface: (main) => import("./interface.js").then((m) => m.interfaceView(main)),
};
const TITLES = {patient: "One patient", person: "A virtual person", trials: "Trials", evidence: "Evidence", interface: "For programs"};
const main = document.getElementById("main");
let turn = 0;

async function show() {
  const [part, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  const name = Object.hasOwn(VIEWS, part) ? part : "patient";
  for (const link of document.querySelectorAll("#parts a")) {
    if (link.getAttribute("href") === `#/${name}`) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  document.title = `${TITLES[name]} · seedsoil`;
  const mine = ++turn;
  const board = h("div", {class: `view ${name}`}, h("p", {class: "loading"}, "Opening …"));
  fill(main, board);
  try {
    await VIEWS[name](board, ...rest.map(decodeURIComponent));
  } catch (trouble) {
    if (mine !== turn) return;
    fill(board, h("h1", null, TITLES[name]), h("div", {class: "box care", role: "alert"}, h("p", null, trouble.message || "This part could not be opened.")), h("p", null, h("a", {href: "#/patient"}, "To the start")));
  }
  if (mine === turn) announce(`${TITLES[name]} opened.`);
}

/** Light, dark, or as the system has it. */
function theme() {
  const button = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let wish = null;
  try { wish = localStorage.getItem("seedsoil-theme"); } catch { /* a browser that keeps nothing */ }
  const apply = () => {
    const now = wish || (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = now;
    button.textContent = now === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to ${now === "dark" ? "light" : "dark"} colours`);
  };
  button.addEventListener("click", () => {
    wish = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("seedsoil-theme", wish); } catch { /* then until the page is closed */ }
    apply();
  });
  dark.addEventListener("change", apply);
  apply();
}

document.getElementById("forget").addEventListener("click", async () => {
  if (!confirm("Delete every chart, person, forecast and result that was opened in this browser?")) return;
  await drop("/api/session").catch(() => {});
  location.hash = "#/";
  location.reload();
});
theme();
addEventListener("hashchange", show);
show();
