"use strict";
// What a page adds where scripts run; pictures and numbers are complete without it.
const SVG = "http://www.w3.org/2000/svg";
const LETTER = 6.8, PADDING = 8, TURNED = 15;  // pixels of pictures
const PREFIX = { p: 1e-12, n: 1e-9, µ: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 };
const width = (text) => [...text].reduce((sum, letter) => sum + (/[MWmw@%]/.test(letter) ? 12 : letter > "\u2e7f" ? 14 : LETTER), 0);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// Maps

function map(picture, number) {
  const parts = all("g > svg", picture).map((svg) => {
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => parseFloat(svg.getAttribute(name)));
    const title = svg.querySelector("title").textContent;
    return { svg, x, y, width, height, title, name: title.split(" · ")[0].split(".").pop() };
  });
  if (!parts.length) return;
  const now = make("p", { class: "now quiet", "aria-live": "polite" }, number ? "" : "Click a part or press Enter to enlarge it, Escape to go back.");
  picture.after(now);
  picture.setAttribute("role", "tree");
  let view = [0, 100];
  const levels = [...new Set(parts.map((part) => part.y))].sort((a, b) => a - b);
  const ends = (part) => part.x + part.width;
  const inside = (part, other) => part.y > other.y && part.x >= other.x - 0.01 && ends(part) <= ends(other) + 0.01;
  const shown = () => parts.filter((part) => part.svg.getAttribute("display") !== "none");

  function draw() {
    const [from, to] = view, wide = picture.clientWidth || 1000;
    for (const part of parts) {
      const start = Math.max(part.x, from), end = Math.min(ends(part), to), share = (end - start) / (to - from);
      if (share <= 1e-6) { part.svg.setAttribute("display", "none"); continue; }
      part.svg.removeAttribute("display");
      part.svg.setAttribute("x", `${100 * (start - from) / (to - from)}%`);
      part.svg.setAttribute("width", `${100 * share}%`);
      name(part, share * wide);
    }
  }

  function name(part, pixels) {
    const long = width(part.name) + PADDING;
    let text = part.svg.querySelector("text");
    const turned = pixels < long;
    if (turned && (pixels < TURNED || part.height < long)) { text?.remove(); return; }
    if (!text) part.svg.append(text = shape("text", { class: "text", stroke: "none" }));
    text.setAttribute("class", "text");
    text.setAttribute("x", 4);
    text.setAttribute("y", turned ? -4 : 15);
    if (turned) text.setAttribute("transform", "rotate(90)"); else text.removeAttribute("transform");
    text.textContent = part.name;
  }

  function zoom(part) {
    view = part ? [part.x, ends(part)] : [0, 100];
    draw();
  }

  function focus(part) {
    if (!part) return;
    for (const other of parts) other.svg.setAttribute("tabindex", other === part ? 0 : -1);
    part.svg.focus();
  }

  for (const part of parts) {
    const { svg } = part;
    svg.setAttribute("role", "treeitem");
    svg.setAttribute("aria-level", levels.indexOf(part.y) + 1);
    svg.setAttribute("aria-label", part.title);
    svg.setAttribute("tabindex", part === parts[0] ? 0 : -1);
    svg.addEventListener("click", () => { zoom(part); focus(part); });
    svg.addEventListener("focus", () => { now.textContent = part.title; });
    svg.addEventListener("pointerenter", () => { now.textContent = part.title; });
    svg.addEventListener("keydown", (event) => {
      const there = shown(), beside = there.filter((other) => other.y === part.y);
      const moves = {
        ArrowRight: () => focus(beside[beside.indexOf(part) + 1]),
        ArrowLeft: () => focus(beside[beside.indexOf(part) - 1]),
        ArrowDown: () => focus(there.find((other) => inside(other, part))),
        ArrowUp: () => focus(there.filter((other) => inside(part, other)).pop()),
        Home: () => focus(there[0]),
        End: () => focus(there[there.length - 1]),
        Enter: () => zoom(part),
        " ": () => zoom(part),
        Escape: () => zoom(null),
      };
      if (!moves[event.key]) return;
      event.preventDefault();
      moves[event.key]();
    });
  }
  new ResizeObserver(draw).observe(picture);
}

// Tables

function amount(text) {
  const sizes = text.split(" ")[0].split("×");
  if (sizes.length > 1 && sizes.every((size) => /^\d+$/.test(size))) return sizes.reduce((product, size) => product * Number(size), 1);
  if (/^×[\d,]+$/.test(text)) return 100 * Number(text.slice(1).replaceAll(",", "")) - 100;  // a change of so many times
  const found = /^([+-]?[\d,]*\.?\d+(?:e[+-]?\d+)?)\s?(?:([KMGTPE]i|[pnµmkMGTPE])?(?:B|s)?|%|×)$/.exec(text.trim());
  return found ? Number(found[1].replaceAll(",", "")) * (PREFIX[found[2]] ?? 1) : NaN;
}

const cell = (row, column) => row.cells[column].textContent;

function sortable(table) {
  const body = table.tBodies[0];
  all("thead th", table).forEach((head) => {
    const column = head.cellIndex, button = make("button", { type: "button" }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "descending" || (head.classList.contains("t") && !head.hasAttribute("aria-sort"));
      all("thead th", table).forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "ascending" : "descending");
      const rows = [...body.rows].map((row) => [row, amount(cell(row, column)), cell(row, column)]);
      const order = ([, a, c], [, b, d]) => Number.isNaN(a) !== Number.isNaN(b) ? (Number.isNaN(a) ? 1 : -1)
        : (Number.isNaN(a) ? c.localeCompare(d, "en", { numeric: true }) : a - b) * (down ? 1 : -1);
      body.append(...rows.sort(order).map(([row]) => row));
    });
  });
}

function filterable(table, region) {
  const rows = [...table.tBodies[0].rows], tests = new Map();
  const count = make("span", { class: "quiet", role: "status" }), tools = make("div", { class: "tools" });
  function apply() {
    let left = 0;
    for (const row of rows) {
      row.hidden = ![...tests.values()].every((test) => test(row));
      left += !row.hidden;
    }
    count.textContent = `${left.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
    table.dispatchEvent(new Event("filtered"));
  }
  const search = make("input", { type: "search", "aria-label": `Filter ${region.getAttribute("aria-label")}` });
  search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    tests.set(search, (row) => wanted.every((word) => row.textContent.toLowerCase().includes(word)));
    apply();
  });
  tools.append(make("label", {}, "Filter ", search));
  const macs = all("thead th", table).find((head) => head.textContent === "MACs");
  if (table.classList.contains("layers") && macs) {
    search.placeholder = "layer3 conv 3×3";
    const box = make("input", { type: "checkbox" }), column = macs.cellIndex;
    box.addEventListener("change", () => {
      tests.set(box, (row) => !box.checked || cell(row, column) !== "0");
      apply();
    });
    tools.append(make("label", {}, box, " only layers with MACs"));
  }
  tools.append(count);
  region.before(tools);
  apply();
  return { tests, tools, apply };
}

// Memory: the layer under the pointer or the arrow keys

function timeline(picture) {
  const table = all("table.layers").find((one) => picture.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING), plane = picture.querySelector("svg[data-layers]");
  const rows = table ? [...table.tBodies[0].rows] : [], layers = Number(plane?.dataset.layers);
  const column = table ? all("thead th", table).findIndex((head) => head.textContent === "Peak bytes") : -1;
  if (column < 0 || !rows.length || rows.length !== layers) return;
  const lines = rows.map((row) => `${cell(row, 0)} · ${cell(row, column)} B`);
  const now = make("p", { class: "now quiet", "aria-live": "polite" }, "Point at a layer, or walk through them with the arrow keys.");
  const line = shape("rect", { class: "brush", y: 0, height: "100%", width: `${100 / layers}%`, display: "none" });
  let place = -1;
  picture.append(line);
  picture.after(now);
  picture.setAttribute("tabindex", 0);
  function show(next) {
    place = Math.max(0, Math.min(layers - 1, next));
    line.removeAttribute("display");
    line.setAttribute("x", `${100 * place / layers}%`);
    now.textContent = `${place + 1} of ${layers}: ${lines[place]}`;
  }
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    show(Math.floor(layers * (event.clientX - box.left) / box.width));
  });
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: layers - 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(step);
  });
}

// Design spaces: ranges of both metrics, which a brush sets, and axes

const rounded = (value, at, end) => {  // outwards; at the edge of the plane there is no limit
  if (end ? at > 0.998 : at < 0.002) return "";
  const short = Number(value.toPrecision(6));
  return (end ? short < value : short > value) ? Number((value * (end ? 1.00001 : 0.99999)).toPrecision(6)) : short;
};

function space(picture) {
  const section = picture.closest("section"), region = section.querySelector(".scroll"), table = region?.querySelector("table");
  const plane = picture.querySelector("svg[data-x]");
  if (!table || !plane) return;
  const heads = all("thead th", table).map((head) => head.textContent);
  const axes = ["x", "y"].map((side) => {
    const [name, low, high, log] = plane.dataset[side].split(" ");
    const bend = log === "1" ? Math.log : Number, [from, to] = [bend(Number(low)), bend(Number(high))];
    return { name, column: heads.indexOf(name), at: (value) => to > from ? (bend(value) - from) / (to - from) : 0.5,
      back: (share) => log === "1" ? Math.exp(from + share * (to - from)) : from + share * (to - from) };
  });
  if (axes.some((axis) => axis.column < 0)) return;
  const { tests, tools, apply } = filterable(table, region);
  const ranges = axes.map((axis) => ["from", "to"].map((end) => {
    const input = make("input", { type: "number", step: "any", "aria-label": `${axis.name} ${end}` });
    input.addEventListener("input", () => {
      const [low, high] = ranges[axes.indexOf(axis)].map((one) => one.value);
      tests.set(axis, (row) => {
        const value = amount(cell(row, axis.column));
        return (low === "" || value >= Number(low)) && (high === "" || value <= Number(high));
      });
      apply();
    });
    return input;
  }));
  ranges.forEach(([from, to], place) => tools.append(make("span", {}, `${axes[place].name} `, from, " – ", to)));
  for (const name of (table.dataset.axes || "").split(" ").filter(Boolean)) {
    const column = heads.indexOf(name), rows = column < 0 ? [] : [...table.tBodies[0].rows];
    const values = [...new Set(rows.map((row) => cell(row, column)))];
    if (values.length < 2 || values.length > 200) continue;
    const select = make("select", { "aria-label": name }, make("option", { value: "" }, `${name}: all`),
      ...values.map((value) => make("option", { value }, value)));
    select.addEventListener("change", () => {
      tests.set(select, (row) => select.value === "" || cell(row, column) === select.value);
      apply();
    });
    tools.append(select);
  }
  const set = (input, value) => { input.value = value; input.dispatchEvent(new Event("input")); };
  const clear = make("button", { type: "button" }, "Show all");
  clear.addEventListener("click", () => {
    all("input", tools).forEach((input) => set(input, ""));
    all("select", tools).forEach((select) => { select.value = ""; select.dispatchEvent(new Event("change")); });
    brush.setAttribute("display", "none");
  });
  tools.append(clear);
  const series = all("path", plane), design = heads.indexOf("design");
  const names = design < 0 ? [] : [...new Set([...table.tBodies[0].rows].map((row) => cell(row, design)))];
  table.addEventListener("filtered", () => {
    const found = series.map(() => new Set());
    for (const row of table.tBodies[0].rows) {
      if (row.hidden) continue;
      const [x, y] = axes.map((axis) => axis.at(amount(cell(row, axis.column))));
      found[design < 0 ? 0 : names.indexOf(cell(row, design))]?.add(`M${Math.round(1000 * x)} ${Math.round(1000 * (1 - y))}h0`);
    }
    series.forEach((path, place) => path.setAttribute("d", [...found[place]].join("") || "M0 0"));
  });
  const brush = shape("rect", { class: "brush", "vector-effect": "non-scaling-stroke", display: "none" });
  plane.append(brush);
  let start = null;
  const share = (event) => {
    const box = plane.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((at) => Math.max(0, Math.min(1, at)));
  };
  picture.addEventListener("pointerdown", (event) => {
    start = share(event);
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", (event) => {
    if (!start) return;
    const [a, b] = start, [c, d] = share(event);
    const box = { x: 1000 * Math.min(a, c), y: 1000 * Math.min(b, d), width: 1000 * Math.abs(a - c), height: 1000 * Math.abs(b - d) };
    for (const [key, value] of Object.entries(box)) brush.setAttribute(key, value);
    brush.removeAttribute("display");
  });
  picture.addEventListener("pointerup", (event) => {
    if (!start) return;
    const [a, b] = start, [c, d] = share(event);
    start = null;
    if (Math.abs(a - c) < 0.005 && Math.abs(b - d) < 0.005) { clear.click(); return; }
    const ends = [[Math.min(a, c), Math.max(a, c)], [1 - Math.max(b, d), 1 - Math.min(b, d)]];
    ends.forEach((pair, side) => pair.forEach((at, end) => set(ranges[side][end], rounded(axes[side].back(at), at, end))));
  });
  picture.addEventListener("pointercancel", () => {
    start = null;
    brush.setAttribute("display", "none");
  });
}

all("[data-picture=map]").forEach(map);
all("[data-picture=memory]").forEach(timeline);
all("[data-picture=scatter]").forEach(space);
for (const table of all(".scroll table")) {
  const rows = table.tBodies[0].rows.length, region = table.closest(".scroll");
  if (rows > 12 && !table.matches(".bars") && !region.previousElementSibling?.matches(".tools")) filterable(table, region);
  if (rows > 1) sortable(table);
}
