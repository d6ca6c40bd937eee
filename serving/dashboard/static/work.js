"use strict";
// Sends what a person does on the page to the API, as JSON. A form says which call it makes: data-method, data-path, data-version.

const csrf = document.querySelector('meta[name="csrf-token"]')?.content; // absent where nobody has to sign in

function bodyOf(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || field.value.trim() === "") continue;
    body[field.name] = "list" in field.dataset ? [field.value] : field.value.trim();
  }
  if (form.dataset.version) body.version = Number(form.dataset.version);
  return body;
}

async function problemIn(answer) {
  try {
    const problem = await answer.json();
    return problem.detail || problem.title;
  } catch {
    return `The service answered with ${answer.status}.`;
  }
}

// A new key is told once, so the page stays as it is until somebody has taken it down.
function showKey(form, key) {
  const told = form.closest("section").querySelector("[data-key]");
  told.querySelector("code").textContent = key;
  told.hidden = false;
  told.scrollIntoView({ block: "nearest" });
}

async function send(form) {
  const trouble = form.closest("section")?.querySelector("[data-trouble]");
  const button = form.querySelector("button");
  button.disabled = true;
  if (trouble) trouble.textContent = "";
  try {
    const headers = { "Content-Type": "application/json", ...(csrf ? { "X-CSRF-Token": csrf } : {}) };
    const answer = await fetch(form.dataset.path, { method: form.dataset.method, headers, body: JSON.stringify(bodyOf(form)) });
    if (answer.status === 204) throw new Error("Nothing that fits is open.");
    if (!answer.ok) throw new Error(await problemIn(answer));
    if (form.dataset.then === "key") showKey(form, (await answer.json()).key);
    else if (form.dataset.then === "item") window.location.assign(`/work/${encodeURIComponent((await answer.json()).id)}`);
    else window.location.reload();
  } catch (error) {
    if (trouble) trouble.textContent = error instanceof TypeError ? "The service did not answer. Is it still running?" : error.message;
    button.disabled = false;
  }
}

for (const form of document.querySelectorAll("form[data-path]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
