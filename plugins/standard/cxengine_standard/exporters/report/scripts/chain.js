// The chain behind a figure: built when it is asked for, one level at a time.
(() => {
  const steps = data.chain;
  if (!steps) return;
  const words = data.kinds;

  const line = (number) => {
    const [kind, text, place] = steps[number];
    const row = document.createElement("span");
    const label = document.createElement("span");
    label.className = "kind " + kind;
    label.textContent = words[kind] || kind;
    const told = document.createElement("span");
    told.append(text);
    if (place) {
      const code = document.createElement("code");
      code.textContent = place;
      told.append(" ", code);
    }
    row.className = "step";
    row.append(label, told);
    return row;
  };
  const list = (numbers) => {
    const found = document.createElement("ul");
    found.className = "steps";
    for (const number of numbers) found.append(entry(number));
    return found;
  };
  const entry = (number) => {
    const item = document.createElement("li");
    const parts = steps[number][3];
    if (!parts.length) {
      item.append(line(number));
      return item;
    }
    const fold = document.createElement("details");
    const head = document.createElement("summary");
    head.append(line(number));
    fold.append(head);
    fold.addEventListener("toggle", () => fold.open && fold.children.length === 1 && fold.append(list(parts)));
    item.append(fold);
    return item;
  };

  const fill = (fold) => {
    if (fold.matches("details.chain") && fold.open && fold.children.length === 1) fold.append(list(steps[fold.dataset.chain][3]));
  };
  document.addEventListener("toggle", (event) => fill(event.target), true);
  all("details.chain").forEach((fold) => { fold.hidden = false; });
})();
