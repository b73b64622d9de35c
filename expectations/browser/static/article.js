// The page of one article: its text, what changed, who else tells it, its fields, and where they come from.
"use strict";

nightdesk.article = (() => {
  const { el, webLink, number, count, languageName, atWord, section, record } = nightdesk;

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
    const start = article.text ?? "";
    const length = [...start].length; // characters, as the row counts them
    const whole = length >= (article.characters ?? 0);
    const paragraphs = (whole ? start : atWord(start)).split("\n\n").filter(Boolean);
    return [
      el("div", { class: "text", lang: article.language, dir: "auto" },
        article.lead ? el("p", { class: "lead" }, article.lead) : null,
        paragraphs.map((paragraph, at) => el("p", null, paragraph, !whole && at === paragraphs.length - 1 ? " …" : null))),
      whole ? null : el("p", { class: "soft" },
        `The first ${number(length)} of ${number(article.characters)} characters.`),
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

  async function show(site, id) {
    const article = await record(site, "articles", id);
    if (!article) {
      return el("div", null, el("h1", null, "No such article"),
        el("p", null, "It is not in this site, or the site was built anew since this page was loaded. ", el("a", { href: "#/" }, "All that are")));
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

  return { show };
})();
