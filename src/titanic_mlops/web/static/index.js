"use strict";
const TIMEOUT_MS = 30000;
const about = document.getElementById("about");

// All data becomes text, never markup.
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function card({ title, description, path, model_version: version }) {
  const model = version === null ? "No model yet: upload a labelled file." : `Model version ${version}`;
  return element("section", {},
    element("h2", {}, element("a", { href: `.${path}`, textContent: title })),
    element("p", { textContent: description }),
    element("p", { className: "quiet", textContent: model }));
}

async function build() {
  const response = await fetch("problems", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const { problems } = await response.json();
  document.getElementById("problems").append(...problems.map(card));
  about.textContent = "Each problem has a form, an address for programs, and a folder for its files.";
}

build().catch(() => {
  about.textContent = "The list cannot be read. Check the connection, then reload the page.";
});
