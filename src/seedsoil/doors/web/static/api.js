// Questions to the server and its answers; progress of long work.

export class Trouble extends Error {
  constructor(said, status) {
    super(said.said || "The server did not answer.");
    this.status = status;
    this.fix = said.fix || "";
    this.field = said.field || "";
  }
}

async function ask(method, path, body, kind) {
  const options = {method, headers: {}, credentials: "same-origin"};
  if (body !== undefined) {
    options.headers["Content-Type"] = kind || "application/json";
    options.body = kind ? body : JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Trouble({said: "The server does not answer. Is its window still open?"}, 0);
  }
  if (answer.status === 204) return null;
  let found = {};
  try {
    found = await answer.json();
  } catch {
    found = {trouble: {said: "The server's answer could not be read."}};
  }
  if (!answer.ok) throw new Trouble(found.trouble || {}, answer.status);
  return found;
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);
export const drop = (path) => ask("DELETE", path);
export const upload = (path, body, kind) => ask("POST", path, body, kind);

/** Follow a job to its end: `progress(state)` as it comes; resolves to the result. */
export function follow(job, progress) {
  return new Promise((resolve, reject) => {
    const line = new EventSource(`/api/jobs/${job}/events`);
    line.addEventListener("progress", (e) => progress(JSON.parse(e.data)));
    line.addEventListener("end", async (e) => {
      line.close();
      const state = JSON.parse(e.data);
      if (state.state === "done") get(`/api/jobs/${job}/result`).then(resolve, reject);
      else if (state.state === "cancelled") reject(new Trouble({said: "Cancelled."}, 499));
      else reject(new Trouble(state.trouble || {}, 500));
    });
    line.addEventListener("error", async () => {
      if (line.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      try {
        const state = await get(`/api/jobs/${job}`);
        if (state.state === "done") resolve(await get(`/api/jobs/${job}/result`));
        else reject(new Trouble(state.trouble || {said: "The line to the server broke."}, 0));
      } catch (trouble) {
        reject(trouble);
      }
    });
  });
}
