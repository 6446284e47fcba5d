// What all scripts share, and panels that open when a link leads to them.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);
const data = byId("data") ? JSON.parse(byId("data").textContent) : {};
const say = (key, values = {}) => data.words[key].replace(/%\((\w+)\)s/g, (_, name) => values[name]).replaceAll("%%", "%");

all(".filters").forEach((filters) => { filters.hidden = false; });

const reveal = (hash) => {
  const target = hash.length > 1 && byId(decodeURIComponent(hash.slice(1)));
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
