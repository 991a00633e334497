"use strict";
// The page is whole without this: it sorts and filters what is there, and makes nothing up.
(() => {
  // Up to so many sections are made at once; of more, those that are opened or printed.
  const FEW = 200;
  document.documentElement.classList.add("js");

  // Where scripts run, a section is one text until it is wanted: thousands of them would take a
  // browser seconds. It is this page's own markup; names in it are escaped as everywhere.
  const policy = globalThis.trustedTypes?.createPolicy("sections", { createHTML: (text) => text });
  const make = (section) => {
    const kept = section.querySelector(".body > noscript");
    if (!kept) return;
    const template = document.createElement("template");
    template.innerHTML = policy ? policy.createHTML(kept.textContent) : kept.textContent;
    kept.replaceWith(template.content);
  };
  const makeAll = () => document.querySelectorAll("details.nlb").forEach(make);

  /** Opens the section that the address names, whatever filters and pages say. */
  const reveal = () => {
    const id = location.hash.slice(1);
    const section = id && document.getElementById(id)?.closest("details");
    if (!section) return;
    section.hidden = false;
    section.classList.remove("off");
    make(section);
    section.open = true;
    document.getElementById(id).scrollIntoView();
  };

  /** Sorts, filters and pages the table of NLBs, and the sections with it. */
  const list = (table) => {
    const find = document.getElementById("find");
    const pager = document.getElementById("pager");
    const [text, verdict, severity] = find.querySelectorAll("input, select");
    const [previous, next] = pager.querySelectorAll("button");
    const status = pager.querySelector("[role=status]");
    const body = table.tBodies[0];
    const rows = Number(table.dataset.page);
    const sections = document.querySelectorAll("details.nlb");
    const entries = Array.from(body.rows, (row, at) => ({ row, section: sections[at], words: "" }));
    const collator = new Intl.Collator("en", { numeric: true });
    let order = entries;
    let shown = entries;
    let page = 0;

    const key = ({ row }, column) => {
      const cell = row.cells[column];
      return cell.dataset.key === undefined ? cell.textContent : Number(cell.dataset.key);
    };
    const words = (entry) =>
      (entry.words ||= `${entry.row.textContent} ${entry.row.dataset.find}`.toLowerCase());

    const matches = (entry, wanted) =>
      (!verdict.value || entry.row.dataset.verdict === verdict.value) &&
      Number(entry.row.dataset.severity) >= Number(severity.value) &&
      wanted.every((word) => words(entry).includes(word));

    const show = () => {
      const last = Math.max(0, Math.ceil(shown.length / rows) - 1);
      page = Math.min(page, last);
      const from = page * rows;
      const on = new Set(shown.slice(from, from + rows));
      const kept = new Set(shown);
      for (const entry of entries) {
        const { row, section } = entry;
        for (const part of [row, section]) {
          if (part.hidden === kept.has(entry)) part.hidden = !part.hidden;
          part.classList.toggle("off", !on.has(entry));
        }
      }
      previous.disabled = page === 0;
      next.disabled = page === last;
      previous.hidden = next.hidden = last === 0;
      const of = shown.length === entries.length ? "" : `; ${entries.length} without the filter`;
      status.textContent = shown.length
        ? `${from + 1} to ${from + on.size} of ${shown.length} NLBs${of}`
        : `No NLB matches${of}`;
    };
    const filter = () => {
      const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      shown = order.filter((entry) => matches(entry, wanted));
      page = 0;
      show();
    };
    const sort = (header) => {
      const first = header.dataset.first ?? "ascending";
      const second = first === "ascending" ? "descending" : "ascending";
      const way = header.getAttribute("aria-sort") === first ? second : first;
      for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", way);
      const sign = way === "ascending" ? 1 : -1;
      const keyed = entries.map((entry) => [key(entry, header.cellIndex), entry]);
      const compare = typeof keyed[0]?.[0] === "number" ? (a, b) => a - b : collator.compare;
      order = keyed.sort(([a], [b]) => sign * compare(a, b)).map(([, entry]) => entry);
      body.append(...order.map(({ row }) => row));
      filter();
    };

    for (const header of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      button.addEventListener("click", () => sort(header));
      header.append(button);
    }
    for (const control of [text, verdict, severity]) control.addEventListener("input", filter);
    const turn = (pages) => {
      page += pages;
      show();
      table.scrollIntoView();
    };
    previous.addEventListener("click", () => turn(-1));
    next.addEventListener("click", () => turn(1));
    for (const link of document.querySelectorAll("a[data-pick]")) {
      link.addEventListener("click", () => {
        verdict.value = link.dataset.verdict ?? "";
        severity.value = "0";
        text.value = link.dataset.text ?? "";
        filter();
      });
    }
    find.hidden = pager.hidden = false;
    show();
  };

  document.addEventListener("DOMContentLoaded", () => {
    const table = document.getElementById("list");
    if (table) {
      list(table);
      if (table.tBodies[0].rows.length <= FEW) makeAll();
    }
    addEventListener("hashchange", reveal);
    addEventListener("beforeprint", makeAll);
    // Toggles do not bubble.
    document.addEventListener("toggle", ({ target }) => make(target), { capture: true });
    document.addEventListener("click", ({ target }) => {
      const link = target.closest?.("a[href^='#']");
      if (link && link.hash === location.hash) reveal();
    });
    reveal();
  });
})();
