// The menus of a table's columns in Japanese: Datasette writes them in English, after this file is read.
const WORDS = {
  "dropdown-sort-asc": "昇順に並べる",
  "dropdown-sort-desc": "降順に並べる",
  "dropdown-facet": "値ごとに数える",
  "dropdown-hide-column": "この列を隠す",
  "dropdown-show-all-columns": "すべての列を表示",
  "dropdown-not-blank": "空でない行だけ",
};

document.addEventListener("DOMContentLoaded", () => {
  for (const [name, word] of Object.entries(WORDS)) {
    for (const link of document.getElementsByClassName(name)) link.textContent = word;
  }
});
