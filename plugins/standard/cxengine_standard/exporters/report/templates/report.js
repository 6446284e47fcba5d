"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // A link to a panel opens it; so does the address the page was opened with.
  const reveal = (hash) => {
    const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
    const panel = target && target.closest("details");
    if (!panel) return;
    panel.hidden = false;
    panel.open = true;
    panel.scrollIntoView({ block: "start" });
    panel.querySelector("summary").focus({ preventScroll: true });
  };
  addEventListener("hashchange", () => reveal(location.hash));
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href^='#'], a[*|href^='#']");
    if (link && (link.getAttribute("href") || "") === location.hash) reveal(location.hash);
  });
  reveal(location.hash);

  // On paper every initiative is open.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details.item:not([open])");
    closed.forEach((panel) => { panel.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((panel) => { panel.open = false; }));

  const filters = document.querySelector(".filters");
  if (!filters) return;
  filters.hidden = false;
  const field = (name) => document.getElementById("f-" + name);
  const value = (name) => (field(name) ? field(name).value : "");
  const panels = all("details.item");

  const apply = () => {
    const text = value("text").trim().toLowerCase();
    const shown = new Set();
    for (const panel of panels) {
      const { item, area, team, tags } = panel.dataset;
      const fits = (!value("area") || area === value("area")) && (!value("team") || team === value("team")) &&
        (!value("tag") || tags.split("\n").includes(value("tag"))) && (!text || panel.textContent.toLowerCase().includes(text));
      panel.hidden = !fits;
      if (fits) shown.add(item);
    }
    for (const mark of all("#priorities [data-item], #roadmap [data-item]")) mark.classList.toggle("dim", !shown.has(mark.dataset.item));
    for (const arrow of all("[data-from]")) arrow.classList.toggle("dim", !shown.has(arrow.dataset.from) || !shown.has(arrow.dataset.to));
    field("count").textContent = shown.size === panels.length ? "" : `${shown.size} of ${panels.length}`;
  };
  filters.addEventListener("input", apply);
  field("all").addEventListener("click", () => {
    all("input, select", filters).forEach((control) => { control.value = ""; });
    apply();
  });
  field("open").addEventListener("click", () => panels.forEach((panel) => { panel.open = true; }));
})();
