// Elements and words. Every text becomes a text node, so that nothing that a page said is ever markup here.
// Belongs here: making elements, printing numbers and names. Does not belong here: what a view shows.
"use strict";

Object.assign(nightdesk, (() => {
  // el("a", { href: "#/", class: "name" }, "text", element): what is null or undefined is left out.
  function el(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {})) {
      if (value === null || value === undefined || value === false) continue;
      if (typeof value === "function") element.addEventListener(key, value);
      else element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== ""));
    return element;
  }

  // A link to a page of the web, or its bare text: rows hold addresses such as javascript:..., too.
  function webLink(address, text = address) {
    let url = null;
    try {
      url = new URL(address);
    } catch {
      return text;
    }
    if (url.protocol !== "https:" && url.protocol !== "http:") return text;
    return el("a", { href: url.href, rel: "noopener noreferrer" }, text);
  }

  const number = value => (value === null || value === undefined ? "–" : value.toLocaleString("en"));
  const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

  // 0.973 -> 97%. Only all is 100% and only nothing is 0%, as in the report.
  function share(value) {
    if (value === null || value === undefined) return "–";
    if (value > 0 && value < 0.01) return "<1%";
    return `${value > 0.99 ? Math.floor(value * 100 + 1e-9) : Math.round(value * 100)}%`;
  }

  const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });
  function languageName(code) {
    if (!code) return "not known";
    try {
      return languages.of(code);
    } catch {
      return code;
    }
  }

  // "agar jalan ke pel" -> "agar jalan ke": no half word, where words have spaces between them.
  const atWord = start => start.replace(/\s\S{0,30}$/u, "");

  // Rows of cells as a table that scrolls by itself where it is wider than the window.
  function table(caption, headings, rows, { figures = [], named = false } = {}) {
    const cell = (value, column) => named && column === 0
      ? el("th", { scope: "row" }, value)
      : el("td", { class: figures.includes(column) ? "figure" : null }, value);
    return el("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" },
      el("table", { class: named ? "named" : null },
        el("caption", null, caption),
        el("thead", null, el("tr", null, headings.map((heading, column) =>
          el("th", { scope: "col", class: figures.includes(column) ? "figure" : null }, heading)))),
        el("tbody", null, rows.map(row => el("tr", null, row.map(cell))))));
  }

  function section(title, ...children) {
    const id = title.toLowerCase().replace(/[^a-z]+/g, "-");
    return el("section", { "aria-labelledby": id }, el("h2", { id }, title), ...children);
  }

  return { el, webLink, number, count, share, languageName, atWord, table, section };
})());
