// A segment's curve beside everybody's, and the roadmap by area or by team with the line of today.
const draw = (parent, name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
};

(() => {
  const choice = byId("m-segment");
  if (!choice) return;
  const layer = byId("m-overlay");
  const legend = byId("m-legend");
  choice.addEventListener("input", () => {
    layer.replaceChildren();
    legend.hidden = choice.value === "";
    if (choice.value === "") return;
    const { name, bands, curves, dots } = data.overlays[choice.value];
    for (const d of bands) draw(layer, "path", { d, class: "band beside" });
    for (const d of curves) draw(layer, "path", { d, class: "curve beside" });
    for (const [x, y, title] of dots) draw(draw(layer, "circle", { cx: x, cy: y, r: 4, class: "dot beside" }), "title", {}).textContent = title;
    legend.lastElementChild.textContent = name;
  });
})();

(() => {
  const charts = all("svg.timeline");
  const day = 86400000;
  for (const chart of charts) {
    const { monday, weeks, left, week, top, bottom } = chart.dataset;
    const now = new Date();
    const passed = (Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) - Date.parse(monday)) / day / 7;
    if (passed < 0 || passed > Number(weeks)) continue;
    const x = Number(left) + passed * Number(week);
    draw(chart, "line", { x1: x, x2: x, y1: top, y2: bottom, class: "today" });
    byId("r-today").hidden = false;
  }
  const by = byId("r-by");
  if (!by) return;
  const team = byId("r-team");
  team.classList.add("switched");
  const show = () => {
    const teams = by.value === "team";
    byId("r-area").hidden = teams;
    team.hidden = !teams;
    team.open = teams;
  };
  by.addEventListener("input", show);
  show();
})();
