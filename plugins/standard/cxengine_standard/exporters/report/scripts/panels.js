// What all scripts share, and panels that open when a link leads to them.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);
const data = byId("data") ? JSON.parse(byId("data").textContent) : {};
const say = (key, values = {}) => data.words[key].replace(/%\((\w+)\)s/g, (_, name) => values[name]).replaceAll("%%", "%");

all(".filters").forEach((filters) => { filters.hidden = false; });

// A large report keeps what is folded as the text of a noscript element: nothing is laid out before it is asked for.
const parsed = (folded) => {
  const template = document.createElement("template");
  template.innerHTML = folded.textContent;
  return template.content;
};
const unfold = (panel) => {
  const folded = panel.querySelector(":scope > noscript");
  if (folded) folded.replaceWith(parsed(folded));
  all("details.chain", panel).forEach((chain) => { chain.hidden = false; });
};
document.addEventListener("toggle", (event) => event.target.open && unfold(event.target), true);
const open = (panel) => {
  unfold(panel);
  panel.open = true;
};

const panelOf = (id) => {
  const target = byId(id);
  if (target) return target.closest("details");
  const [, kind, number] = /^([it])(\d+)$/.exec(id) || [];
  return kind ? document.querySelector(kind === "i" ? `details[data-item="${number}"]` : `details[data-touchpoint="${number}"]`) : null;
};
const reveal = (hash) => {
  const panel = hash.length > 1 && panelOf(decodeURIComponent(hash.slice(1)));
  if (!panel) return;
  panel.hidden = false;
  open(panel);
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
  closed.forEach(open);
});
addEventListener("afterprint", () => closed.forEach((panel) => { panel.open = false; }));
