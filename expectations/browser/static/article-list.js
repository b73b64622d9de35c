// The list of articles, with its search and filters.
"use strict";

nightdesk.articleList = (() => {
  const { el, number, count, languageName, atWord, load } = nightdesk;
  const perPage = 25;
  const perFile = 500;
  const fields = ["q", "source", "language", "from", "to", "show", "order"];

  function addressOf(asked) {
    const said = new URLSearchParams(Object.entries(asked).filter(([, value]) => value));
    return said.size ? `#/?${said}` : "#/";
  }

  const option = (value, text, chosen) => el("option", { value, selected: value === chosen }, text);

  function choice(name, label, options, asked) {
    return el("label", null, el("span", null, label),
      el("select", { name }, options.map(([value, text]) => option(value, text, asked[name] ?? ""))));
  }

  // On a phone they are folded, unless one is set: the articles are what one came for.
  function filters(asked, controls) {
    const isWide = matchMedia("(min-width: 801px)");
    const folded = el("details", { class: "filters", open: isWide.matches || fields.slice(1).some(name => asked[name]) },
      el("summary", null, "Filters and order"), el("div", null, controls));
    isWide.addEventListener("change", () => { folded.open ||= isWide.matches; });
    return folded;
  }

  function form(site, asked, changed) {
    const day = (name, label) => el("label", null, el("span", null, label), el("input", {
      type: "date", name, value: asked[name] ?? "", min: site.days.at(-1)?.[0], max: site.days[0]?.[0],
    }));
    const made = el("form", { role: "search", "aria-label": "Articles", submit: event => { event.preventDefault(); changed(); } },
      el("label", { class: "words" }, el("span", null, "Search"), el("input", {
        type: "search", name: "q", value: asked.q ?? "", autocomplete: "off", placeholder: "all of these words, -not this one",
      })),
      filters(asked, [
        choice("source", "Source", [["", "all"], ...site.sources.map(([name, articles]) => [name, `${name} (${number(articles)})`])], asked),
        choice("language", "Language", [["", "all"], ...site.languages.map(([code, articles]) =>
          [code || "none", `${languageName(code)} (${number(articles)})`])], asked),
        day("from", "From"),
        day("to", "To"),
        choice("show", "Show", [["", "all"], ["corrected", "corrected"], ["story", "told by several"], ["gone", "page is gone"]], asked),
        choice("order", "Order", [["", "best match first"], ["newest", "newest first"]], asked),
        el("button", { type: "reset", click: event => { event.preventDefault(); location.hash = "#/"; } }, "Clear"),
      ]));
    made.addEventListener("input", changed);
    return made;
  }

  const marked = (text, query) => nightdesk.search.pieces(text, query)
    .map(piece => (Array.isArray(piece) ? el("mark", null, piece) : piece));

  function item(site, query, [id, title, source, language, told, start, version, toldBy, gone]) {
    const code = site.languages[language][0];
    return el("li", null,
      el("h2", { lang: code || null, dir: "auto" }, el("a", { href: `#/article/${id}` }, marked(title || "(no headline)", query))),
      el("p", { class: "soft small" }, `${site.sources[source][0]} · ${told} · ${languageName(code)}`,
        version > 1 ? el("span", { class: "tag warn" }, `version ${version}`) : null,
        toldBy > 1 ? el("span", { class: "tag good" }, `told by ${number(toldBy)}`) : null,
        gone ? el("span", { class: "tag bad" }, "page is gone") : null),
      start ? el("p", { lang: code || null, dir: "auto", class: "start" }, marked([...start].length < 180 ? start : `${atWord(start)} …`, query)) : null);
  }

  function pager(asked, page, pages) {
    if (pages < 2) return null;
    const to = (target, text) => target < 1 || target > pages
      ? el("span", { class: "soft" }, text)
      : el("a", { href: addressOf({ ...asked, page: target > 1 ? target : null }) }, text);
    return el("nav", { class: "pager", "aria-label": "Pages of results" },
      to(page - 1, "← Previous"), el("span", null, `Page ${number(page)} of ${number(pages)}`), to(page + 1, "Next →"));
  }

  // The form stays as it is while results change below it, so that nobody is interrupted at typing.
  function make(site, asked) {
    const status = el("p", { role: "status", class: "soft" });
    const results = el("div");
    const root = el("div", null, el("h1", null, "Articles"));
    let latest = 0, timer = 0;
    const typed = () => Object.fromEntries(fields.map(name => [name, root.querySelector("form").elements[name].value.trim()]));
    const changed = () => {
      const from = location.hash;
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (location.hash === from) location.replace(addressOf(typed())); // else somebody has followed a link meanwhile
      }, 200);
    };

    async function show(wanted) {
      const turn = ++latest;
      const found = await nightdesk.search.find(site, wanted);
      const pages = Math.max(1, Math.ceil(found.length / perPage));
      const page = Math.min(Math.max(1, Number.parseInt(wanted.page, 10) || 1), pages);
      const shown = found.slice((page - 1) * perPage, page * perPage);
      const lines = await Promise.all(shown.map(async n => (await load(`list/${Math.floor(n / perFile)}`))[n % perFile]));
      if (turn !== latest) return; // somebody went on typing
      status.textContent = found.length ? count(found.length, "article") : "No article is like that.";
      results.replaceChildren(...[
        el("ol", { class: "results", start: (page - 1) * perPage + 1 },
          lines.map(line => item(site, wanted.q, line))),
        pager(wanted, page, pages),
      ].filter(Boolean));
    }

    // Another address of the list: the form says so, and the results are those.
    async function follow(wanted) {
      const controls = root.querySelector("form").elements;
      for (const name of fields) {
        if (controls[name].value.trim() !== (wanted[name] ?? "")) controls[name].value = wanted[name] ?? "";
      }
      await show(wanted);
    }

    root.append(form(site, asked, changed), status, results);
    return { root, ready: show(asked), follow };
  }

  return { make };
})();
