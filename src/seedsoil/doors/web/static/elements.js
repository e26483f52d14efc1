// Elements of the page, made without any HTML text: what a chart says is only ever text.

const SVG = "http://www.w3.org/2000/svg";

function made(node, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, call] of Object.entries(value)) node.addEventListener(event, call);
    else if (name === "text") node.textContent = value;
    else if (name === "set") Object.assign(node, value);
    else if (name === "style") for (const [key, v] of Object.entries(value)) node.style.setProperty(key, v);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An element of the page: h("p", {class: "soft"}, "text"). */
export function h(tag, props, ...children) {
  return made(document.createElement(tag), props, children);
}

/** The same for a drawing. */
export function svg(tag, props, ...children) {
  return made(document.createElementNS(SVG, tag), props, children);
}

/** Put other content into an element. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Tell those who listen rather than look. */
export function announce(text) {
  document.getElementById("said").textContent = text;
}

let count = 0;
/** A name for an element that a label or a picture refers to. */
export function fresh(name) {
  count += 1;
  return `${name}-${count}`;
}

/** A labelled field. */
export function field(label, input, props) {
  const id = input.id || fresh("field");
  input.id = id;
  return h("div", {class: "field", ...props}, h("label", {for: id}, label), input);
}

/** A choice of options: [{value, label}] or groups {label, options}. */
export function choice(options, value, change, props) {
  const one = (o) => h("option", {value: o.value, selected: o.value === value}, o.label);
  const all = options.map((o) => (o.options ? h("optgroup", {label: o.label}, o.options.map(one)) : one(o)));
  return h("select", {...props, on: {change: (e) => change(e.target.value)}}, all);
}

/** A table of plain text; the first column names the row. */
export function table(caption, heads, rows, props) {
  if (!rows.length) return h("p", {class: "soft"}, "Nothing.");
  const head = h("thead", null, h("tr", null, heads.map((t) => h("th", {scope: "col"}, t))));
  const line = (row) => h("tr", null, row.map((cell, i) => (i ? h("td", null, cell) : h("th", {scope: "row"}, cell))));
  return h("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": caption},
    h("table", props, h("caption", null, caption), head, h("tbody", null, rows.map(line))));
}

/** Links to papers by their keys. */
export function cited(keys, sources) {
  const one = (key) => {
    const paper = sources[key];
    if (!paper) return key;
    return paper.url ? h("a", {href: paper.url, rel: "noreferrer", target: "_blank", title: paper.text}, shortened(paper.text)) : h("span", {title: paper.text}, shortened(paper.text));
  };
  return keys.length ? keys.flatMap((key, i) => (i ? ["; ", one(key)] : [one(key)])) : ["source not given"];
}

function shortened(text) {
  return text.length <= 90 ? text : `${text.slice(0, text.lastIndexOf(" ", 88))} …`;
}
