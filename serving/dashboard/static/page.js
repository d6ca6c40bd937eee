"use strict";
// Sends an 837 to the scoring call and shows each claim's risk, dollars, advice and root causes. Text only: nothing is parsed as HTML.

const form = document.getElementById("score-form");
const area = document.getElementById("x12");
const scores = document.getElementById("scores");
const statusLine = document.getElementById("score-status");
const picker = document.getElementById("file");
const payers = JSON.parse(form.dataset.payers);
const csrfToken = document.querySelector('meta[name="csrf-token"]')?.content; // absent where nobody has to sign in
const NO_ANSWER = "The service did not answer. Is it still running?";
let chosen = null; // a file waits here instead of in the text area, which shows its name only
let latest = 0; // only the newest request may show its answer
const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });
const advice = { send: "send", fix_then_send: "fix, then send", hold: "hold" };

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function bar(share) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "bar");
  svg.setAttribute("viewBox", "0 0 100 6");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  rect.setAttribute("width", (share * 100).toFixed(1));
  rect.setAttribute("height", "6");
  svg.append(rect);
  return svg;
}

function titled(name) {
  return name.toLowerCase().replace(/(^|[^a-z])[a-z]/g, (found) => found.toUpperCase());
}

function causeItem(cause) {
  const item = make("li");
  const head = make("div", "head");
  head.append(make("strong", "", cause.title), make("span", "n", `${Math.round(cause.share * 100)} % of the risk`));
  const reason = make("p", "reason", cause.reason);
  const fix = make("p", "", cause.fix);
  const owner = make("p");
  owner.append(make("small", "", `Owner: ${cause.owner} (${cause.tier})`));
  item.append(head, bar(cause.share), reason, fix, owner);
  if (cause.evidence.length) {
    const why = make("details");
    const list = make("ul", "evidence");
    for (const fact of cause.evidence) list.append(make("li", "", fact.text));
    why.append(make("summary", "", "What it saw"), list);
    item.append(why);
  }
  return item;
}

// The picture is shown as an image, so nothing in it can run.
function whole(claim) {
  const box = make("details", "whole");
  const picture = make("img");
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(claim.explanation.waterfall.svg)}`;
  picture.alt = `From the risk of an average claim to that of claim ${claim.claim_id}, step by step`;
  const kept = make("ul", "evidence");
  for (const fact of claim.explanation.protective) kept.append(make("li", "", fact.text));
  box.append(make("summary", "", "The whole explanation"), picture, make("h4", "", "What lowers the risk"), kept);
  return box;
}

function fixBox(fixes) {
  const box = make("section", "fixes");
  box.append(make("h4", "", `Verify, then change: ${Math.round(fixes.denial_probability * 100)} % afterwards`));
  const list = make("ol");
  for (const change of fixes.changes) {
    const item = make("li", "", change.instruction);
    item.append(make("small", "", ` ${change.element ? `${change.element}. ` : ""}Owner: ${change.owner}. Verify: ${change.verify}`));
    list.append(item);
  }
  box.append(list);
  return box;
}

function certainBox(edits) {
  const list = make("ul", "certain");
  for (const edit of edits) {
    const item = make("li");
    item.append(make("strong", "", edit.is_denial ? "Certain: " : "Soon: "), edit.title, make("small", "", ` Source: ${edit.source}`));
    list.append(item);
  }
  return list;
}

function chance(claim) {
  if (claim.probability_low === null) return "chance of denial";
  const strange = claim.unfamiliar.length ? `. ${claim.unfamiliar.join(". ")}` : "";
  return `chance of denial, likely ${Math.round(claim.probability_low * 100)} to ${Math.round(claim.probability_high * 100)} %${strange}`;
}

function claimCard(claim) {
  const card = make("article", "claim");
  const left = make("div");
  left.append(make("h3", "", `Claim ${claim.claim_id}`), make("small", "", titled(payers[claim.payer_id] || `payer ${claim.payer_id}`)));
  left.append(make("div", "risk", `${Math.round(claim.denial_probability * 100)} %`), make("small", "", chance(claim)));
  const risk = make("p");
  risk.append(make("strong", "", dollars.format(claim.expected_denied_amount)), make("small", "", ` at risk of ${dollars.format(claim.charge_amount)}`));
  left.append(risk, make("span", `advice ${claim.advice}`, advice[claim.advice] ?? claim.advice));
  if (claim.advice !== "send") left.append(make("small", "saving", `saves ${dollars.format(claim.expected_saving)} on average`));
  const right = make("div");
  if (claim.certain.length) right.append(certainBox(claim.certain));
  if (claim.fixes) right.append(fixBox(claim.fixes));
  const causes = make("ol", "causes");
  for (const cause of claim.root_causes) causes.append(causeItem(cause));
  right.append(causes);
  card.append(left, right);
  if (claim.explanation) card.append(whole(claim));
  return card;
}

function summary(answer) {
  const held = answer.scored.filter((claim) => claim.advice !== "send");
  const atRisk = answer.scored.reduce((sum, claim) => sum + claim.expected_denied_amount, 0);
  const refused = answer.rejected.length ? `, ${answer.rejected.length} could not be read` : "";
  return `${answer.scored.length} scored${refused}: ${held.length} to look at before sending, ${dollars.format(atRisk)} at risk.`;
}

function say(text, isTrouble) {
  statusLine.textContent = text;
  statusLine.classList.toggle("trouble", isTrouble);
}

function show(answer) {
  const refused = answer.rejected.map((one) => make("p", "trouble", `Segment ${one.position}, ${one.place}: expected ${one.expected}, got ${one.got}`));
  say(summary(answer), false);
  scores.replaceChildren(...refused, ...answer.scored.map(claimCard));
}

async function score(body) {
  const mine = ++latest;
  scores.replaceChildren();
  say("Scoring…", false);
  try {
    const headers = { "content-type": "application/edi-x12" };
    if (csrfToken) headers["x-csrf-token"] = csrfToken;
    const reply = await fetch("/v1/claims/score/x12?detail=full", { method: "POST", headers, body });
    if (reply.status === 401) {
      location.assign("/login"); // the session has ended
      return;
    }
    const answer = await reply.json();
    if (mine !== latest) return;
    if (reply.ok) show(answer);
    else say(answer.detail ?? "The service refused this.", true);
  } catch {
    if (mine === latest) say(NO_ANSWER, true);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (chosen) score(chosen);
  else if (area.value.trim()) score(area.value);
  else {
    say("Paste an 837 or choose a file first.", true);
    area.focus();
  }
});
area.addEventListener("input", () => { chosen = null; });
document.getElementById("example").addEventListener("click", async () => {
  chosen = null;
  try {
    area.value = await (await fetch("/static/example.837")).text();
    score(area.value);
  } catch {
    say(NO_ANSWER, true);
  }
});
function take(file) {
  if (!file) return;
  chosen = file;
  area.value = `${file.name}, ${file.size} bytes`;
  score(file);
}
picker.addEventListener("change", () => {
  take(picker.files[0]);
  picker.value = ""; // so that the same file can be chosen again
});
area.addEventListener("dragover", (event) => { event.preventDefault(); area.classList.add("over"); });
area.addEventListener("dragleave", () => area.classList.remove("over"));
area.addEventListener("drop", (event) => { event.preventDefault(); area.classList.remove("over"); take(event.dataTransfer.files[0]); });
