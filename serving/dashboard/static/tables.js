"use strict";
// Lets every table be sorted by its columns and long ones be filtered by text. What was chosen stands behind the # of the
// address, so that a view can be shared. Without this script the tables stay as the server wrote them.

const LONG = 10; // rows, from which on a table can be filtered
const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

// Give what a cell sorts by: a number of dollars, percent or days, a day, or its text; null where it says nothing.
function valueOf(cell) {
  const text = (cell?.querySelector("a, strong, .id") ?? cell)?.textContent.trim() ?? "";
  if (text === "" || text === "–" || text === "-") return null;
  const bare = text.replace(/[$,%+\s]/g, "");
  if (bare !== "" && !Number.isNaN(Number(bare))) return Number(bare);
  const day = /^([A-Z][a-z]{2} (\d{1,2}, )?\d{4}|\d{4}-\d{2}(-\d{2})?)/.exec(text);
  return day && !Number.isNaN(Date.parse(day[0])) ? Date.parse(day[0]) : text.toLowerCase();
}

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), undefined, { numeric: true });
}

class SortableTable {
  constructor(table, name, changed) {
    this.table = table;
    this.name = name;
    this.changed = changed;
    this.body = table.tBodies[0];
    this.rows = [...this.body.rows];
    this.heads = [...table.tHead.rows[0].cells];
    this.column = -1;
    this.direction = "none";
    this.heads.forEach((head, column) => this.addButton(head, column));
    if (this.rows.length > LONG) this.addFilter();
  }

  addButton(head, column) {
    if (head.textContent.trim() === "") return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    button.addEventListener("click", () => {
      this.sort(column, column === this.column ? NEXT[this.direction] : "ascending");
      this.changed();
    });
    head.append(button);
    head.setAttribute("aria-sort", "none");
  }

  addFilter() {
    const words = this.table.caption?.textContent.trim() || this.table.closest("[aria-label]")?.getAttribute("aria-label") || "table";
    const label = document.createElement("label");
    label.className = "find";
    label.append("Filter ");
    this.input = document.createElement("input");
    this.input.type = "search";
    this.input.setAttribute("aria-label", `Filter: ${words.replace(/, table$/, "")}`);
    this.told = document.createElement("span");
    this.told.setAttribute("role", "status");
    label.append(this.input);
    const bar = document.createElement("p");
    bar.className = "finding";
    bar.append(label, this.told);
    (this.table.closest(".scroll") ?? this.table).before(bar);
    this.input.addEventListener("input", () => {
      this.filter(this.input.value);
      this.changed();
    });
  }

  sort(column, direction) {
    this.column = direction === "none" ? -1 : column;
    this.direction = direction;
    this.heads.forEach((head, at) => head.hasAttribute("aria-sort") && head.setAttribute("aria-sort", at === this.column ? direction : "none"));
    let shown = this.rows;
    if (direction !== "none") {
      const sign = direction === "ascending" ? 1 : -1;
      const keyed = this.rows.map((row) => ({ row, value: valueOf(row.cells[column]) }));
      const said = keyed.filter((one) => one.value !== null).sort((a, b) => sign * compare(a.value, b.value));
      shown = [...said, ...keyed.filter((one) => one.value === null)].map((one) => one.row);
    }
    this.body.append(...shown);
  }

  filter(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of this.rows) {
      const whole = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => whole.includes(word));
      count += row.hidden ? 0 : 1;
    }
    this.told.textContent = words.length ? ` ${count} of ${this.rows.length} rows` : "";
  }

  // Write the view, "" where it is as the server wrote it.
  view() {
    const parts = [this.column < 0 ? "" : `${this.direction === "ascending" ? "+" : "-"}${this.column + 1}`, this.input?.value.trim() ?? ""];
    return parts.some(Boolean) ? parts.join("~") : "";
  }

  show(view) {
    const [order = "", text = ""] = view.split("~");
    const found = /^([+-])(\d+)$/.exec(order);
    if (found && this.heads[found[2] - 1]) this.sort(found[2] - 1, found[1] === "+" ? "ascending" : "descending");
    if (this.input && text) {
      this.input.value = text;
      this.filter(text);
    }
  }
}

function start() {
  const tables = [...document.querySelectorAll("main table")]
    .filter((table) => table.tHead && table.tBodies[0]?.rows.length > 1)
    .map((table, at) => new SortableTable(table, `table${at + 1}`, keep));

  function keep() {
    const views = new URLSearchParams(tables.map((table) => [table.name, table.view()]).filter(([, view]) => view));
    history.replaceState(null, "", views.size ? `#${views}` : location.pathname + location.search);
  }

  const views = new URLSearchParams(location.hash.slice(1));
  for (const table of tables) table.show(views.get(table.name) ?? "");
}

start();
