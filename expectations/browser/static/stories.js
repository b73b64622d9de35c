// Stories: what several articles tell, and who tells it.
"use strict";

nightdesk.stories = (() => {
  const { el, webLink, number, count, share, table, load, record } = nightdesk;

  function members(site, story, own) {
    const rows = story.members.map(member => [
      el("span", { lang: member.language, dir: "auto" },
        member.id === own ? [member.title || "(no headline)", el("span", { class: "tag" }, "this one")]
          : member.shown ? el("a", { href: `#/article/${member.id}` }, member.title || "(no headline)")
            : webLink(member.url, member.title || member.url)),
      member.source,
      member.told_at,
      member.reason === "exact" ? "the same text" : member.similarity >= 0.995 ? "nearly the same" : `${share(member.similarity)} alike`,
    ]);
    const left = story.articles - story.members.length;
    return [
      table(`${count(story.articles, "article")} of one story, the first one first`, ["Article", "Source", "Published", "How alike"], rows),
      left > 0 ? el("p", { class: "soft" }, `${count(left, "article")} more.`) : null,
    ];
  }

  async function list(site) {
    const { of, stories } = await load("newest-stories");
    const rows = stories.map(story => [
      el("a", { href: `#/story/${story.id}`, lang: story.language, dir: "auto" }, story.title || "(no headline)"),
      number(story.articles),
      number(story.sites),
      story.first_source,
      story.first,
      story.reason === "exact" ? "the same text" : "some were changed",
    ]);
    return el("div", null, el("h1", null, "Stories"),
      el("p", { class: "soft" }, "What several articles tell in the same words, or in most of them: agency copy, and texts that were copied."),
      rows.length ? el("section", { "aria-label": "Stories" }, table(`${of > rows.length ? `The newest ${number(rows.length)} of ` : ""}${count(of, "story", "stories")}, the newest day first`,
        ["Story", "Articles", "Sites", "First at", "First published (UTC)", "Texts"], rows, { figures: [1, 2] }))
        : el("p", null, "No story is told by more than one of these articles."));
  }

  async function one(site, id) {
    const story = await record(site, "stories", id);
    if (!story) return el("div", null, el("h1", null, "No such story"),
      el("p", null, "It is not in this site, or the site was built anew since this page was loaded. ", el("a", { href: "#/stories" }, "All that are")));
    const first = story.members[0];
    return el("div", null, el("h1", { lang: first.language, dir: "auto" }, first.title || "(no headline)"),
      el("section", { "aria-label": "Articles" }, members(site, story, null)));
  }

  return { members, list, one };
})();
