"use strict";
const TIMEOUT_MS = 30000;
const MOST_SHOWN = 12;
const find = (id) => document.getElementById(id);
const form = document.querySelector("form");
const submit = form.querySelector("button");
const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
const signed = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" });
const withSign = (value) => signed.format(value).replace("-", "−");
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const fields = new Map();
let answerSchema = {};

// All data becomes text, never markup.
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function resolve(service, schema) {
  const path = schema.$ref ? schema.$ref.slice(2).split("/") : [];
  return path.length ? path.reduce((node, key) => node[key], service) : schema;
}

function choice(values, ...first) {
  const options = values.map((one) => element("option", { value: one, textContent: one }));
  return element("select", {}, ...first, ...options);
}

function control(value, required) {
  const unknown = () => element("option", { value: "", textContent: required ? "Choose …" : "Unknown" });
  if (value.enum) return choice(value.enum, unknown());
  if (value.type === "boolean") return choice(["true", "false"], unknown());
  if (value.type === "array") {
    if (!value.items.enum) return element("input", { type: "text", autocomplete: "off", placeholder: "one, another" });
    return Object.assign(choice(value.items.enum), { multiple: true, size: Math.min(value.items.enum.length, 6) });
  }
  if (value.format === "date") return element("input", { type: "date" });
  if (value.type === "string" && !value.maxLength) return element("input", { type: "datetime-local", step: 1 });
  if (value.type === "string") return element("input", { type: "text", maxLength: value.maxLength, autocomplete: "off" });
  const input = element("input", { type: "number", step: "any" });
  for (const end of ["minimum", "maximum"]) {
    // beyond it JavaScript cannot tell whole numbers apart: the bound is that of the type, not a rule
    if (Math.abs(value[end]) < Number.MAX_SAFE_INTEGER) input[end.slice(0, 3)] = value[end];
  }
  return input;
}

function rangeOf(input) {
  if (input.min && input.max) return ` (${input.min} to ${input.max})`;
  return input.min ? ` (at least ${input.min})` : input.max ? ` (at most ${input.max})` : "";
}

function hintOf(name, property) {
  return property.description.toLowerCase() === name.toLowerCase() ? "" : property.description;
}

// What a control holds, as the JSON that the schema asks for.
function entry(input, value) {
  if (value.type === "array") {
    const members = input.multiple ? [...input.selectedOptions].map((one) => one.value) : input.value.split(",");
    return members.map((member) => member.trim()).filter(Boolean);
  }
  if (value.type === "boolean") return input.value === "true";
  return input.type === "number" ? input.valueAsNumber : input.value;
}

function fill(input, example) {
  if (!input.multiple) input.value = Array.isArray(example) ? example.join(", ") : example;
  else for (const option of input.options) option.selected = example.includes(option.value);
}

function addField(name, property, required, example) {
  const value = property.anyOf ? property.anyOf[0] : property;
  const input = control(value, required);
  Object.assign(input, { id: `field-${name}`, name, required });
  if (example !== undefined) fill(input, example);
  const hint = element("p", { className: "hint", id: `hint-${name}`, textContent: hintOf(name, property) + rangeOf(input) });
  const fault = element("p", { className: "fault", id: `fault-${name}`, hidden: true });
  input.setAttribute("aria-describedby", `${hint.id} ${fault.id}`);
  const label = element("label", { htmlFor: input.id, textContent: name });
  find(required ? "required" : "optional").append(element("div", { className: "field" }, label, hint, input, fault));
  fields.set(name, { input, fault, value });
}

function record() {
  const entered = {};
  for (const [name, { input, value }] of fields) {
    if (input.value !== "") entered[name] = entry(input, value);
  }
  return entered;
}

function mark(name, detail) {
  const { input, fault } = fields.get(name);
  fault.textContent = detail;
  fault.hidden = !detail;
  input.setAttribute("aria-invalid", String(Boolean(detail)));
}

// "#/a~1b" names the field "a/b": RFC 6901 in a URI fragment.
function fieldOf(pointer) {
  return decodeURIComponent(pointer.replace(/^#\/?/, "")).replaceAll("~1", "/").replaceAll("~0", "~");
}

function show(...children) {
  find("live").replaceChildren(...children);
  find("result").scrollIntoView({ block: "nearest" });
}

function showTrouble(title, detail, others = []) {
  const list = others.map((text) => element("li", { textContent: text }));
  show(element("div", { className: "trouble" }, element("strong", { textContent: title }),
    element("p", { textContent: detail }), ...(list.length ? [element("ul", {}, ...list)] : [])));
}

function focusOnFault() {
  form.querySelector("[aria-invalid=true]")?.focus();
}

function showProblem(problem) {
  const faults = problem.errors ?? [];
  const others = [];
  for (const { pointer, detail } of faults) {
    if (fields.has(fieldOf(pointer))) mark(fieldOf(pointer), detail);
    else others.push(`${fieldOf(pointer)} ${detail}`.trim());
  }
  showTrouble(problem.title ?? "No prediction", problem.detail ?? "The service failed.", others);
  focusOnFault();
}

function verdict(answer) {
  const labels = answerSchema["x-target-labels"];
  const what = labels ? "The model predicts" : `The model predicts: ${answerSchema.properties.prediction.description}`;
  const words = labels ? labels[answer.prediction] ?? answer.prediction : number.format(answer.prediction);
  return element("p", { className: "verdict" }, element("span", { textContent: what }), ` ${words}`);
}

function bar(share) {
  const filled = element("div");
  filled.style.width = `${100 * share}%`;
  return element("div", { className: "bar", ariaHidden: "true" }, filled);
}

function certainty(answer) {
  if (answer.probabilities) {
    const shares = Object.entries(answer.probabilities).sort(([, a], [, b]) => b - a);
    return shares.flatMap(([name, share]) => [element("div", { textContent: `${name}: ${percent.format(share)}` }), bar(share)]);
  }
  if (answer.probability !== undefined) {
    const of = answerSchema["x-target-labels"][1];
    return [element("div", { textContent: `Probability of “${of}”: ${percent.format(answer.probability)}` }), bar(answer.probability)];
  }
  const [low, high] = (answer.interval ?? []).map((end) => number.format(end));
  const level = Math.floor(100 * answer.interval_level + 1e-9);
  return low === undefined ? [] : [element("p", { textContent: `${level} % interval: ${low} to ${high}` })];
}

function facts(pairs) {
  return element("dl", {}, ...pairs.flatMap(([name, value]) =>
    [element("dt", { textContent: name }), element("dd", { textContent: value })]));
}

function shown(answer, name, share) {
  if (!answer.amounts) return [withSign(share)];
  return [`× ${answer.factors[name].toPrecision(3)}`, (answer.amounts[name] > 0 ? "+" : "") + number.format(answer.amounts[name])];
}

// What was entered for a column, for the columns of a group, or whether a set or text holds a member.
function valueOf(name, entered) {
  const [column, member] = name.split(/: (.*)/s);
  if (member !== undefined) {
    const value = entered[column] ?? "";
    return (Array.isArray(value) ? value : value.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).includes(member) ? "yes" : "no";
  }
  const members = (answerSchema["x-groups"] ?? {})[name] ?? [name];
  return members.map((one) => entered[one] ?? "not given").join(", ");
}

function reasons(answer, entered) {
  const ordered = Object.entries(answer.contributions).sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  const [shares, rest] = [ordered.slice(0, MOST_SHOWN), ordered.slice(MOST_SHOWN)];
  const largest = Math.abs(shares[0]?.[1]) || 1;
  const rows = shares.map(([name, share]) => {
    const length = element("div", { className: share < 0 ? "down" : "up", hidden: share === 0 });
    length.style.width = `${50 * Math.abs(share) / largest}%`;
    return element("tr", {}, element("th", { scope: "row", textContent: `${name}: ${valueOf(name, entered)}` }),
      element("td", { className: "scale", ariaHidden: "true" }, element("div", { className: "axis" }, length)),
      ...shown(answer, name, share).map((textContent) => element("td", { textContent })));
  });
  if (rest.length) {
    const parts = answer.amounts ? rest.map(([name]) => answer.amounts[name]) : rest.map(([, share]) => share);
    const together = parts.reduce((sum, part) => sum + part, 0);
    rows.push(element("tr", {}, element("th", { scope: "row", textContent: `${rest.length} others` }), element("td"),
      ...(answer.amounts ? [element("td")] : []),
      element("td", { textContent: answer.amounts ? number.format(together) : withSign(together) })));
  }
  const labels = answerSchema["x-target-labels"];
  const chosen = answer.probabilities ? `− speaks against “${answer.prediction}”, + for it.` : `− favours “${labels?.[0]}”, + favours “${labels?.[1]}”.`;
  const sides = labels ? chosen : "− lowers the prediction, + raises it.";
  const parts = answer.amounts ? [answer.baseline_amount, answer.prediction] : [answer.baseline, answer.score];
  const [baseline, score] = parts.map(labels ? withSign : (value) => number.format(value));
  const sum = answer.amounts ? `Typical: ${baseline}; with the amounts: ${score}.`
    : `Average score: ${baseline}; with the contributions: ${score}.`;
  return element("table", {}, element("caption", { className: "quiet" }, element("strong", { textContent: "Why" }), `${sides} ${sum}`), ...rows);
}

function showAnswer(answer, entered) {
  const kept = answer.record ? [["Record", answer.record]] : [];
  show(verdict(answer), ...certainty(answer),
    facts([["Model version", answer.model_version], ["uuid", answer.uuid], ...kept]),
    ...(answer.contributions ? [reasons(answer, entered)] : []));
}

async function predict(entered) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch("?explain=true", { method: "POST", headers, body: JSON.stringify(entered), signal });
  const answer = await response.json();
  if (!response.ok) return showProblem(answer);
  showAnswer(answer, entered);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (submit.getAttribute("aria-disabled") === "true") return;
  for (const [name, { input }] of fields) mark(name, input.validity.badInput ? "is not a number" : "");
  if (form.querySelector("[aria-invalid=true]")) {
    showTrouble("Not sent", "A field does not hold a number. Correct it, then predict again.");
    return focusOnFault();
  }
  submit.setAttribute("aria-disabled", "true");
  submit.textContent = "Predicting …";
  try {
    await predict(record());
  } catch (error) {
    console.error(error);
    showTrouble("No prediction", "The service cannot be reached, or its response cannot be read. Check the connection, then retry.");
  }
  submit.removeAttribute("aria-disabled");
  submit.textContent = "Predict";
});

function showCall() {
  const body = JSON.stringify(record()).replaceAll("'", "'\\''");
  find("curl").textContent = `curl '${new URL("?explain=true", location.href)}' \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`;
  find("copied").textContent = "";
}

form.addEventListener("input", (event) => {
  mark(event.target.name, "");
  showCall();
});
form.addEventListener("change", showCall);

find("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(find("curl").textContent);
    find("copied").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(find("curl"));
    find("copied").textContent = "Selected; copy it with the keyboard.";
  }
});

async function build() {
  const service = await (await fetch("openapi.json", { signal: AbortSignal.timeout(TIMEOUT_MS) })).json();
  const { requestBody, responses } = service.paths["/"].post;
  const { schema, examples } = requestBody.content["application/json"];
  const request = resolve(service, schema.oneOf[0]);
  answerSchema = resolve(service, responses["200"].content["application/json"].schema.oneOf[0]);
  document.title = document.querySelector("h1").textContent = service.info.title;
  find("about").textContent = request.description;
  for (const [name, property] of Object.entries(request.properties)) {
    addField(name, property, request.required.includes(name), examples.one.value[name]);
  }
  find("optional").hidden = request.required.length === fields.size;
  document.querySelector("main[hidden]").hidden = false;
  showCall();
}

build().catch(() => {
  find("about").textContent = "The form cannot be built because openapi.json cannot be read. Check the connection, then reload the page.";
});
