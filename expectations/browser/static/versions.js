// What changed from one version of an article to the next, word by word.
// Belongs here: pairing paragraphs, marking words. Does not belong here: how differences are found (vendor/diff.min.js).
"use strict";

nightdesk.versions = (() => {
  const { el, count } = nightdesk;
  const patience = { timeout: 500 }; // milliseconds for a text; after that it is shown as removed and added
  const leastKept = 0.3; // two paragraphs with less in common are not one that was changed

  const marked = (parts) => parts.map(part =>
    part.added ? el("ins", null, part.value) : part.removed ? el("del", null, part.value) : part.value);

  // The two texts as one, or null if they have too little in common.
  function words(before, after, language) {
    let segmenter = null;
    try {
      segmenter = new Intl.Segmenter(language || "en", { granularity: "word" });
    } catch { /* a browser without, or a language that is none: words are what stands between spaces */ }
    const parts = Diff.diffWords(before, after, segmenter ? { ...patience, intlSegmenter: segmenter } : patience);
    if (!parts) return null;
    const kept = parts.reduce((sum, part) => sum + (part.added || part.removed ? 0 : part.value.length), 0);
    return kept < leastKept * Math.max(before.length, after.length) ? null : marked(parts);
  }

  function line(before, after, language) {
    if (before === after) return null;
    if (!before) return el("ins", null, after);
    if (!after) return el("del", null, before);
    return words(before, after, language) ?? [el("del", null, before), " ", el("ins", null, after)];
  }

  // Paragraphs that stand in place of others are held against each other, one by one.
  function paragraphs(before, after, language) {
    const out = [];
    let removed = [];
    const give = (added) => {
      for (let at = 0; at < Math.max(removed.length, added.length); at++) {
        const [old, fresh] = [removed[at], added[at]];
        const both = old !== undefined && fresh !== undefined ? words(old, fresh, language) : null;
        if (both) {
          out.push(el("p", null, both));
        } else {
          if (old !== undefined) out.push(el("p", null, el("del", null, old)));
          if (fresh !== undefined) out.push(el("p", null, el("ins", null, fresh)));
        }
      }
      removed = [];
    };
    for (const block of Diff.diffArrays(before, after)) {
      if (block.removed) {
        removed = block.value;
      } else {
        give(block.added ? block.value : []);
        if (!block.added) out.push(...block.value.map(text => el("p", { class: "soft" }, text)));
      }
    }
    give([]);
    return out;
  }

  function change(before, after, language, bodies) {
    const title = line(before.title, after.title, language);
    const lead = line(before.lead, after.lead, language);
    const sameText = before.paragraphs.length === after.paragraphs.length
      && before.paragraphs.every((paragraph, at) => paragraph === after.paragraphs[at]);
    return [
      title ? el("p", null, el("strong", null, "Headline: "), title) : null,
      lead ? el("p", null, el("strong", null, "Standfirst: "), lead) : null,
      bodies === "none" ? el("p", { class: "soft" }, "The texts are not in this site.") : null,
      sameText ? null : el("div", { class: "changes" }, paragraphs(before.paragraphs, after.paragraphs, language)),
      !title && !lead && sameText && bodies !== "none" ? el("p", { class: "soft" }, "Headline and text say the same: another field was read anew.") : null,
    ];
  }

  // All changes of an article, the newest first and unfolded.
  function show(versions, language, bodies) {
    const pairs = versions.slice(1).map((version, at) => [versions[at], version]).reverse();
    return [
      versions[0].version > 1 ? el("p", { class: "soft" }, `${count(versions[0].version - 1, "older version")} not shown.`) : null,
      el("p", { class: "soft small" }, el("del", null, "Removed"), " and ", el("ins", null, "added"),
        " words. Paragraphs that stayed are cut short."),
      ...pairs.map(([before, after], at) => el("details", { open: at === 0 },
        el("summary", null, `Version ${after.version}, fetched ${after.fetched} UTC, ${count(after.words ?? 0, "word")} (before: ${(before.words ?? 0).toLocaleString("en")})`),
        el("div", { lang: language, dir: "auto" }, change(before, after, language, bodies)))),
      el("p", { class: "soft small" }, `Version ${versions[0].version} was fetched ${versions[0].fetched} UTC.`),
    ];
  }

  return { show };
})();
