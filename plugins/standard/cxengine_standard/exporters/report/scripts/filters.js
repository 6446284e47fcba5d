// Initiatives by text, area, team and tag: what does not fit is hidden in the list and dimmed in the charts.
(() => {
  const filters = byId("filters");
  if (!filters) return;
  const field = (name) => byId("f-" + name);
  const value = (name) => (field(name) ? field(name).value : "");
  const panels = all("details.item");
  const texts = new Map();
  const marks = all("#priorities [data-item], #roadmap [data-item]");
  const arrows = all("[data-from]");
  const textIn = (panel) => {
    const folded = panel.querySelector(":scope > noscript");
    return folded ? panel.querySelector("summary").textContent + parsed(folded).textContent : panel.textContent;
  };
  const textOf = (panel) => {
    if (!texts.has(panel)) texts.set(panel, textIn(panel).toLowerCase());
    return texts.get(panel);
  };

  const apply = () => {
    const text = value("text").trim().toLowerCase();
    const shown = new Set();
    for (const panel of panels) {
      const { item, area, team, tags } = panel.dataset;
      const fits = (!value("area") || area === value("area")) && (!value("team") || team === value("team")) &&
        (!value("tag") || tags.split("\n").includes(value("tag"))) && (!text || textOf(panel).includes(text));
      panel.hidden = !fits;
      if (fits) shown.add(item);
    }
    for (const mark of marks) mark.classList.toggle("dim", !shown.has(mark.dataset.item));
    for (const arrow of arrows) arrow.classList.toggle("dim", !shown.has(arrow.dataset.from) || !shown.has(arrow.dataset.to));
    field("count").textContent = shown.size === panels.length ? "" : say("shown", { n: shown.size, all: panels.length });
  };
  filters.addEventListener("input", apply);
  field("all").addEventListener("click", () => {
    all("input, select", filters).forEach((control) => { control.value = ""; });
    apply();
  });
  field("open").addEventListener("click", () => panels.forEach(open));
})();
