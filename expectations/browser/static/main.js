// Which address shows what: #/?q=... the list, #/article/ID, #/stories, #/story/ID, #/quality, #/quality/SOURCE.
"use strict";

(async () => {
  const { el, load, articleList, article, stories, quality } = nightdesk;
  const main = document.getElementById("main");
  let list = null, view = null, turn = 0;

  function place() {
    const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
    let parts = [];
    try {
      parts = path.split("/").map(decodeURIComponent);
    } catch { /* an address that was cut in the middle of a character: the list */ }
    return { view: parts[0] ?? "", name: parts[1] ?? "", asked: Object.fromEntries(new URLSearchParams(query ?? "")) };
  }

  async function made(site, at) {
    if (at.view === "article") return article.show(site, at.name);
    if (at.view === "stories") return stories.list(site);
    if (at.view === "story") return stories.one(site, at.name);
    if (at.view === "quality") return quality.show(site, at.name);
    list = articleList.make(site, at.asked);
    await list.ready;
    return list.root;
  }

  function markPage() {
    const own = { stories: "#/stories", story: "#/stories", quality: "#/quality", article: null }[view];
    for (const link of document.querySelectorAll("header nav a")) {
      if (link.getAttribute("href") === (own === undefined ? "#/" : own)) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  async function show(site) {
    const at = place(), own = ++turn, address = location.hash;
    main.setAttribute("aria-busy", "true");
    if (!["article", "stories", "story", "quality"].includes(at.view) && list?.root.isConnected) {
      await list.follow(at.asked);
    } else {
      const root = await made(site, at);
      if (own !== turn) return; // somebody went on
      main.replaceChildren(root);
      document.title = `${root.querySelector("h1").textContent} – nightdesk`;
      arrive(at.view);
    }
    if (own !== turn) return;
    main.removeAttribute("aria-busy");
    document.body.dataset.shown = address;
  }

  // To the top of a page that is another one; who chose another source on the same page stays where he is.
  function arrive(next) {
    const isFirst = view === null, isSame = view === next;
    view = next;
    markPage();
    if (isFirst || (isSame && view === "quality")) return;
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  function fail(error) {
    main.removeAttribute("aria-busy");
    main.replaceChildren(el("h1", null, "A part of this site is not there"),
      el("p", null, `${error.message}. If the site was built anew since this page was opened, load it again; else build it again.`));
  }

  document.querySelector(".skip").addEventListener("click", event => {
    event.preventDefault();
    main.focus();
  });
  try {
    const site = await load("site");
    addEventListener("hashchange", () => show(site).catch(fail));
    await show(site);
  } catch (error) {
    fail(error);
  }
})();
