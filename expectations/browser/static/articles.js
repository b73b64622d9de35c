// The list of articles with its search and filters, and the page of one article.
"use strict";

nightdesk.articles = (() => {
  const { el, webLink, number, count, share, languageName, table, section, load, record } = nightdesk;
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

  function form(site, asked, changed) {
    const day = (name, label) => el("label", null, el("span", null, label), el("input", {
      type: "date", name, value: asked[name] ?? "", min: site.days.at(-1)?.[0], max: site.days[0]?.[0],
    }));
    const made = el("form", { role: "search", "aria-label": "Articles", submit: event => { event.preventDefault(); changed(); } },
      el("label", { class: "words" }, el("span", null, "Search"), el("input", {
        type: "search", name: "q", value: asked.q ?? "", autocomplete: "off", placeholder: "all of these words, -not this one",
      })),
      choice("source", "Source", [["", "all"], ...site.sources.map(([name, articles]) => [name, `${name} (${number(articles)})`])], asked),
      choice("language", "Language", [["", "all"], ...site.languages.map(([code, articles]) =>
        [code || "none", `${languageName(code)} (${number(articles)})`])], asked),
      day("from", "From"),
      day("to", "To"),
      choice("show", "Show", [["", "all"], ["corrected", "corrected"], ["story", "told by several"], ["gone", "page is gone"]], asked),
      choice("order", "Order", [["", "best match first"], ["newest", "newest first"]], asked),
      el("button", { type: "reset", click: event => { event.preventDefault(); location.hash = "#/"; } }, "Clear"));
    made.addEventListener("input", changed);
    return made;
  }

  // "agar jalan ke pel" -> "agar jalan ke": no half word, where words have spaces between them.
  const atWord = start => start.replace(/\s\S{0,30}$/u, "");

  function item(site, [id, title, source, language, told, start, version, toldBy, gone]) {
    const code = site.languages[language][0];
    return el("li", null,
      el("h2", { lang: code || null, dir: "auto" }, el("a", { href: `#/article/${id}` }, title || "(no headline)")),
      el("p", { class: "soft small" }, `${site.sources[source][0]} · ${told} · ${languageName(code)}`,
        version > 1 ? el("span", { class: "tag warn" }, `version ${version}`) : null,
        toldBy > 1 ? el("span", { class: "tag good" }, `told by ${number(toldBy)}`) : null,
        gone ? el("span", { class: "tag bad" }, "page is gone") : null),
      start ? el("p", { lang: code || null, dir: "auto", class: "start" }, start.length < 180 ? start : `${atWord(start)} …`) : null);
  }

  function pager(asked, page, pages) {
    if (pages < 2) return null;
    const to = (target, text) => target < 1 || target > pages
      ? el("span", { class: "soft" }, text)
      : el("a", { href: addressOf({ ...asked, page: target > 1 ? target : null }) }, text);
    return el("nav", { class: "pager", "aria-label": "Pages of results" },
      to(page - 1, "← Previous"), el("span", null, `Page ${number(page)} of ${number(pages)}`), to(page + 1, "Next →"));
  }

  // The list: the form stays as it is while results change below it, so that nobody is interrupted at typing.
  function list(site, asked) {
    const status = el("p", { role: "status", class: "soft" });
    const results = el("div");
    const root = el("div", null, el("h1", null, "Articles"));
    let latest = 0, timer = 0;
    const typed = () => Object.fromEntries(fields.map(name => [name, root.querySelector("form").elements[name].value.trim()]));
    const changed = () => {
      clearTimeout(timer);
      timer = setTimeout(() => location.replace(addressOf(typed())), 200);
    };

    async function show(wanted) {
      const turn = ++latest;
      const found = await nightdesk.search.find(site, wanted);
      const pages = Math.max(1, Math.ceil(found.length / perPage));
      const page = Math.min(Math.max(1, Number.parseInt(wanted.page, 10) || 1), pages);
      const shown = found.slice((page - 1) * perPage, page * perPage);
      const files = new Map();
      for (const at of new Set(shown.map(n => Math.floor(n / perFile)))) files.set(at, await load(`list/${at}`));
      if (turn !== latest) return; // somebody went on typing
      status.textContent = found.length ? count(found.length, "article") : "No article is like that.";
      results.replaceChildren(...[
        el("ol", { class: "results", start: (page - 1) * perPage + 1 },
          shown.map(n => item(site, files.get(Math.floor(n / perFile))[n % perFile]))),
        pager(wanted, page, pages),
      ].filter(Boolean));
    }

    // Another address of the list: true if only the results had to change.
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

  const offsetName = minutes => {
    const size = Math.abs(minutes);
    return `UTC${minutes < 0 ? "−" : "+"}${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
  };

  function published(article) {
    if (!article.published) return "no date of publication";
    if (article.precision === "day") return `${article.published} (only the day is known)`;
    return `${article.published} ${article.utc_offset === null ? "UTC" : offsetName(article.utc_offset)}`;
  }

  function text(article, bodies) {
    if (bodies === "none") return el("p", { class: "soft" }, "The text is not in this site.");
    const whole = (article.text ?? "").length >= (article.characters ?? 0);
    const paragraphs = (whole ? article.text ?? "" : atWord(article.text)).split("\n\n").filter(Boolean);
    return [
      el("div", { class: "text", lang: article.language, dir: "auto" },
        article.lead ? el("p", { class: "lead" }, article.lead) : null,
        paragraphs.map((paragraph, at) => el("p", null, paragraph, !whole && at === paragraphs.length - 1 ? " …" : null))),
      whole ? null : el("p", { class: "soft" },
        `The first ${number(article.text.length)} of ${number(article.characters)} characters.`),
    ];
  }

  function facts(article) {
    const rows = [
      ["Published", [published(article), article.published_from ? `, read from ${article.published_from}` : null]],
      ["Changed", article.modified ? `${article.modified} UTC, says the page` : null],
      ["First seen", `${article.first_seen} UTC`],
      ["Fetched", `${article.fetched} UTC`],
      ["Page is gone since", article.gone ? `${article.gone} UTC` : null],
      ["Authors", article.authors?.join(", ")],
      ["Section", article.section],
      ["Dateline", article.dateline],
      ["Tags", article.tags?.join(", ")],
      ["Language", article.language ? languageName(article.language) : null],
      ["Outlet", article.site_name],
      ["Free to read", article.is_free === null ? null : article.is_free ? "yes" : "no"],
      ["Pages", article.pages > 1 || article.pages_missing ? `${article.pages}, missing: ${article.pages_missing ?? 0}` : null],
      ["Length", `${count(article.words ?? 0, "word")}, ${count(article.characters ?? 0, "character")}`],
      ["Address", webLink(article.url)],
      ["Canonical address", article.canonical_url === article.url ? null : webLink(article.canonical_url)],
      ["Picture", article.image_url ? webLink(article.image_url) : null],
      ["Read also", article.related_urls?.length ? el("ul", null, article.related_urls.map(url => el("li", null, webLink(url)))) : null],
    ];
    return el("dl", { class: "facts" }, pairs(rows));
  }

  function provenance(article) {
    return el("dl", { class: "facts" }, pairs([
      ["Article", el("code", null, article.id)],
      ["Version", number(article.version)],
      ["Run", el("code", null, article.run)],
      ["Extracted", `${article.extracted} UTC by ${article.extractor}`],
      ["Raw page", article.warc_file ? el("code", null, `${article.warc_file} at ${article.warc_offset}`) : null],
      ["In SQL", el("code", null, `from article_versions where article_id = '${article.id}'`)],
    ]));
  }

  const pairs = rows => rows.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .flatMap(([name, value]) => [el("dt", null, name), el("dd", null, value)]);

  async function one(site, id) {
    const article = await record(site, "articles", id);
    if (!article) {
      return el("div", null, el("h1", null, "No such article"),
        el("p", null, "It is not in this site: ", el("a", { href: "#/" }, "all that are"), "."));
    }
    const story = article.story ? await record(site, "stories", article.story) : null;
    const versions = article.version > 1 ? await record(site, "versions", id) : null;
    return el("article", null,
      el("h1", { lang: article.language, dir: "auto" }, article.title || "(no headline)"),
      el("p", { class: "soft" }, `${article.source} · ${published(article)}`, article.authors?.length ? ` · ${article.authors.join(", ")}` : null,
        article.version > 1 ? el("span", { class: "tag warn" }, `version ${article.version}`) : null,
        article.gone ? el("span", { class: "tag bad" }, "page is gone") : null),
      el("section", { "aria-label": "Text" }, text(article, site.bodies), el("p", null, webLink(article.url, `Read it at ${article.site}`))),
      versions ? section("What changed", nightdesk.versions.show(versions.versions, article.language, site.bodies)) : null,
      story ? section("Who else tells it", nightdesk.stories.members(site, story, id)) : null,
      section("About it", facts(article)),
      section("Where this row comes from", provenance(article)));
  }

  return { list, one };
})();
