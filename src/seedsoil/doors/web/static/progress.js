// Long work on the page: how far it has come, and a way to stop it.

import {announce, fill, h} from "./elements.js";
import {drop, follow} from "./api.js";

/** Shows a job in `place` until it ends. Resolves to the result; null where it was cancelled or failed (and then says why). */
export async function working(place, ask, {label = "Working"} = {}) {
  const bar = h("progress", {max: 1, "aria-label": label});
  const stage = h("span", {class: "stage"}, "asking …");
  let job = null;
  const stop = h("button", {type: "button", disabled: true, on: {click: () => { stop.disabled = true; drop(`/api/jobs/${job}`).catch(() => {}); }}}, "Cancel");
  fill(place, h("div", {class: "working"}, h("div", {class: "workline"}, bar, stage, stop)));
  announce(`${label} …`);
  try {
    job = (await ask()).job;
    stop.disabled = false;
    const result = await follow(job, (state) => {
      stage.textContent = state.state === "waiting" ? "waiting for its turn …" : `${state.stage}${state.total > 1 ? `, ${Math.round((100 * state.done) / state.total)} %` : " …"}`;
      if (state.total > 0) bar.value = state.done / state.total; else bar.removeAttribute("value");
    });
    fill(place);
    announce(`${label}: done.`);
    return result;
  } catch (trouble) {
    fill(place, h("div", {class: trouble.status === 499 ? "box" : "box care", role: "alert"}, h("p", null, trouble.message)));
    return null;
  }
}
