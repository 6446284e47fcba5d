// The heatmap of another metric: the same cells, filled from the data of the page.
(() => {
  const choice = byId("h-metric");
  if (!choice) return;
  const cells = all("#heat td");
  const note = byId("heat-sub");
  const emotion = cells.map((cell) => [cell.className, cell.title, [...cell.childNodes]]);
  const first = note.textContent;

  const fill = (cell, found, digits, overall) => {
    const tone = (step) => (step < 0 ? "p" : "l") + Math.abs(step);
    if (found === null) return [cell.className, cell.title] = ["empty l0", say("none")];
    if (found === 0) {
      cell.append("n<" + data.least);
      return [cell.className, cell.title] = ["suppressed l0", say("few")];
    }
    const [value, low, high, n, step, differs, drawn, then] = found;
    const number = new Intl.NumberFormat(data.language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const whole = new Intl.NumberFormat(data.language);
    cell.append(number.format(value).replace("-", "−"));
    const limit = (known) => (known === null ? "–" : number.format(known));
    const spread = say("interval", { value: number.format(value), low: limit(low), high: limit(high), n: whole.format(n) });
    if (differs) {
      const sign = document.createElement("span");
      sign.className = "sign";
      sign.textContent = differs > 0 ? "▲" : "▼";
      cell.append(sign);
    }
    cell.className = (overall ? "all " : differs ? "differs " : "same ") + (then ? "then " : "") + tone(step);
    const shrunk = drawn === null ? "" : "; " + say("drawn", { value: number.format(drawn) });
    cell.title = spread + (overall ? "" : "; " + say(differs ? (differs > 0 ? "better" : "worse") : "same")) + shrunk;
    if (then) cell.title = spread + "; " + then;
  };

  choice.addEventListener("input", () => {
    if (choice.value === "") {
      cells.forEach((cell, i) => {
        [cell.className, cell.title] = emotion[i];
        cell.replaceChildren(...emotion[i][2]);
      });
      note.textContent = first;
      return;
    }
    const metric = data.heat[choice.value];
    const flat = metric.cells.flat();
    const columns = metric.cells[0].length;
    cells.forEach((cell, i) => {
      cell.replaceChildren();
      fill(cell, flat[i], metric.digits, i % columns === 0);
    });
    const middle = new Intl.NumberFormat(data.language, { maximumFractionDigits: 2 }).format(metric.middle);
    note.textContent = say(metric.target ? "target" : "mean", { metric: metric.name, middle });
  });
})();
