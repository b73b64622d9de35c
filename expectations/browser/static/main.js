// Which address shows what: #/?q=... the list, #/article/ID, #/stories, #/story/ID, #/quality, #/quality/SOURCE.
"use strict";

(async () => {
  const { el, load, articles, stories, quality } = nightdesk;
  const main = document.getElementById("main");
  let list = null, turn = 0;

  function place() {
    const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
    let parts = [];
    try {
      parts = path.split("/").map(decodeURIComponent);
    } catch { /* an address that was cut in the middle of a character: the list */ }
    return { view: parts[0] ?? "", name: parts[1] ?? "", asked: Object.fromEntries(new URLSearchParams(query ?? "")) };
  }

  async function made(site, { view, name, asked }) {
    if (view === "article") return articles.one(site, name);
    if (view === "stories") return stories.list(site);
    if (view === "story") return stories.one(site, name);
    if (view === "quality") return quality.show(site, name);
    list = articles.list(site, asked);
    await list.ready;
    return list.root;
  }

  function markPage(view) {
    const own = { stories: "#/stories", story: "#/stories", quality: "#/quality", article: null }[view];
    for (const link of document.querySelectorAll("header nav a")) {
      if (link.getAttribute("href") === (own === undefined ? "#/" : own)) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  async function show(site, isFirst) {
    const at = place(), own = ++turn;
    const isList = !["article", "stories", "story", "quality"].includes(at.view);
    if (isList && list?.root.isConnected) return list.follow(at.asked);
    const sameView = document.body.dataset.view === at.view;
    const root = await made(site, at);
    if (own !== turn) return undefined; // somebody went on
    main.replaceChildren(root);
    main.removeAttribute("aria-busy");
    document.body.dataset.view = at.view;
    document.title = `${root.querySelector("h1").textContent} – nightdesk`;
    markPage(at.view);
    if (!isFirst && !(sameView && at.view === "quality")) {
      main.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    return undefined;
  }

  function fail(error) {
    main.replaceChildren(el("h1", null, "A part of this site is not there"),
      el("p", null, `${error.message}. If the site was built anew since this page was opened, load it again; else build it again.`));
  }

  document.querySelector(".skip").addEventListener("click", event => {
    event.preventDefault();
    main.focus();
  });
  try {
    const site = await load("site");
    addEventListener("hashchange", () => show(site, false).catch(fail));
    await show(site, true);
  } catch (error) {
    fail(error);
  }
})();
