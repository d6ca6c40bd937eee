"use strict";
// Sends an 837 to the scoring call and shows each claim's risk, dollars, advice and root causes. Text only: nothing is parsed as HTML.

const form = document.getElementById("score-form");
const area = document.getElementById("x12");
const scores = document.getElementById("scores");
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

function observed(value) {
  if (value === null) return "none";
  return Math.abs(value) >= 10 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(2);
}

function causeItem(cause) {
  const item = make("li");
  const head = make("div", "head");
  head.append(make("strong", "", cause.title), make("span", "n", `${Math.round(cause.share * 100)} % of the risk`));
  const fix = make("p", "", cause.fix);
  const owner = make("p");
  owner.append(make("small", "", `Owner: ${cause.owner} (${cause.tier})`));
  item.append(head, bar(cause.share), fix, owner);
  if (cause.evidence.length) {
    const list = make("ul", "evidence");
    for (const fact of cause.evidence) list.append(make("li", "", `${fact.title}: ${observed(fact.observed)}`));
    item.append(list);
  }
  return item;
}

function claimCard(claim) {
  const card = make("article", "claim");
  const left = make("div");
  left.append(make("h3", "", `Claim ${claim.claim_id}`), make("small", "", `payer ${claim.payer_id}`));
  left.append(make("div", "risk", `${Math.round(claim.denial_probability * 100)} %`), make("small", "", "chance of denial"));
  const risk = make("p");
  risk.append(make("strong", "", dollars.format(claim.expected_denied_amount)), make("small", "", ` at risk of ${dollars.format(claim.charge_amount)}`));
  left.append(risk, make("span", `advice ${claim.advice}`, advice[claim.advice] ?? claim.advice));
  const causes = make("ol", "causes");
  for (const cause of claim.root_causes) causes.append(causeItem(cause));
  card.append(left, causes);
  return card;
}

async function score(text) {
  scores.replaceChildren(make("p", "lead", "Scoring…"));
  const reply = await fetch("/v1/claims/score/x12", { method: "POST", headers: { "content-type": "application/edi-x12" }, body: text });
  const answer = await reply.json();
  if (!reply.ok) {
    scores.replaceChildren(make("p", "trouble", answer.detail ?? "The service refused this."));
    return;
  }
  const refused = answer.rejected.map((one) => make("p", "trouble", `Segment ${one.position}, ${one.place}: expected ${one.expected}, got ${one.got}`));
  scores.replaceChildren(...answer.scored.map(claimCard), ...refused);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (area.value.trim()) score(area.value);
});
document.getElementById("example").addEventListener("click", async () => {
  area.value = await (await fetch("/static/example.837")).text();
  score(area.value);
});
async function take(file) {
  if (!file) return;
  area.value = `${file.name}, ${file.size} bytes`;
  score(file);
}
document.getElementById("file").addEventListener("change", (event) => take(event.target.files[0]));
area.addEventListener("dragover", (event) => { event.preventDefault(); area.classList.add("over"); });
area.addEventListener("dragleave", () => area.classList.remove("over"));
area.addEventListener("drop", (event) => { event.preventDefault(); area.classList.remove("over"); take(event.dataTransfer.files[0]); });
