// On a telephone each row of a table is a card: its values say what they are.
const label = () => {
  for (const table of document.querySelectorAll("main table")) {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    if (!heads.length) continue;
    table.classList.add("labelled");
    for (const row of table.tBodies[0].rows) [...row.cells].forEach((cell, n) => { if (heads[n]) cell.dataset.label = heads[n]; });
  }
};
label();
document.addEventListener("renewed", label);

// What is sent is sent once, and something says so while it is on its way. What was written is kept in this tab until it
// was taken: it comes back after a lost session, a refusal or a line that broke, for the same person on the same page.
const kept = () => { try { return JSON.parse(sessionStorage.getItem("draft")); } catch { return null; } };
const keep = (draft) => { try { sessionStorage.setItem("draft", JSON.stringify(draft)); } catch { /* a full or closed store keeps nothing */ } };
const who = document.querySelector("header .who")?.textContent || "";
const isSigningIn = location.pathname.startsWith("/sign-in");
document.addEventListener("submit", (event) => {
  const form = event.target, sending = document.querySelector(".sending");
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  sending.hidden = false;
  if (isSigningIn || form.querySelector("[type=password]")) return;
  const written = [...form.elements].filter((e) => !isOurs(e))
    .filter((e) => !["checkbox", "radio"].includes(e.type) || e.checked).map((e) => [e.name, e.value]);
  if (written.some(([name, value]) => name !== "id" && value)) keep({ who, page: location.pathname + location.search, action: form.getAttribute("action"), written });
});
// The id goes with what was written: sent twice it is one check. Other hidden boxes are the new page's.
const isOurs = (e) => !e.name || (["hidden", "submit", "button"].includes(e.type) && e.name !== "id");
const restore = (draft) => {
  const form = [...document.forms].find((one) => one.getAttribute("action") === draft.action);
  if (!form) return;
  for (const e of form.elements) {
    if (isOurs(e)) continue;
    const values = draft.written.filter(([name]) => name === e.name).map(([, value]) => value);
    if (["checkbox", "radio"].includes(e.type)) e.checked = values.includes(e.value);
    else if (values.length) { e.value = values[0]; e.dataset.restored = "1"; }
  }
  for (let folded = form.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
  const said = document.querySelector(".resume");
  said.classList.add("is-back");
  said.hidden = false;
  form.scrollIntoView({ block: "center" });
};
const draft = kept();
if (draft) {
  const isHere = draft.who === who && new URL(draft.page, location).pathname === location.pathname;
  const isBack = performance.getEntriesByType?.("navigation")[0]?.type === "back_forward";
  if (isSigningIn || (document.body.classList.contains("refused") && ![...document.forms].some((one) => one.getAttribute("action") === draft.action))) {
    keep({ ...draft, lost: true });
    const said = document.querySelector(".resume"), link = said.querySelector("a");
    link.href = draft.page;
    link.hidden = isSigningIn;
    said.hidden = false;
    for (const form of isSigningIn ? document.querySelectorAll("form[method=post]") : []) {
      const to = new URL(form.action);
      if (!to.searchParams.has("next")) to.searchParams.set("next", new URL(draft.page, location).pathname);
      form.action = to.pathname + to.search;
    }
  } else if (isHere && (draft.lost || isBack)) restore(draft);
  else if (!isHere && draft.lost && draft.who === who) { /* it waits until its page is opened again */ }
  else { // the page after it: it was taken
    sessionStorage.removeItem("draft");
    sessionStorage.setItem("taken", draft.action);
  }
}
addEventListener("pageshow", (event) => {
  if (!event.persisted && performance.getEntriesByType?.("navigation")[0]?.type !== "back_forward") return;
  // Back from a later page, where browsers show what was typed: what was taken is not there to be sent again.
  const taken = [...document.forms].find((one) => one.getAttribute("action") === sessionStorage.getItem("taken"));
  if (taken && !kept() && event.persisted) { location.replace(location.href); return; } // with an id of its own
  if (taken && !kept()) taken.reset();
  for (const form of document.forms) delete form.dataset.sent;
  document.querySelector(".sending").hidden = true;
});

// A list is fetched again when the server says that it changed, and every two seconds where it cannot; without
// script the page still works.
const live = document.querySelector("[data-live]");
if (live) {
  const inside = document.querySelector("#live") || live;
  const picked = () => [...inside.querySelectorAll(".pick input:checked")].map((box) => box.value);
  const isBusy = () => inside.contains(document.activeElement) && document.activeElement.name === "comment";
  const renew = async () => {
    if (isBusy()) return; // somebody is writing
    try {
      const answer = await fetch(live.dataset.live);
      if (answer.ok) {
        const text = await answer.text(), place = inside.querySelector(".here a")?.getAttribute("href");
        live.classList.remove("stale");
        if (text === last) return; // nothing is new: whoever stands on something goes on standing there
        const kept = picked();
        inside.innerHTML = last = text;
        for (const box of inside.querySelectorAll(".pick input")) box.checked = kept.includes(box.value);
        if (place) inside.querySelector(`a.alert[href="${place}"]`)?.parentElement.classList.add("here");
        document.dispatchEvent(new Event("renewed"));
      } else if (answer.status === 401) location.reload(); // signed out: the page as a whole leads to the form
      else live.classList.add("stale");
    } catch { live.classList.add("stale"); }
  };
  let heard = 0, last = "";
  if (live.dataset.stream) {
    const stream = new EventSource(live.dataset.stream);
    const hear = (is) => () => { heard = Date.now(); live.classList.remove("stale"); if (is) renew(); };
    stream.addEventListener("changed", hear(true));
    stream.addEventListener("same", hear(false));
    setInterval(renew, 30000); // "3 minutes ago" grows older
  }
  setInterval(() => { if (Date.now() - heard > 5000) renew(); }, Number(live.dataset.every || 2) * 1000);
}

// The keyboard: j and k move, x selects, a acknowledges what is selected or what one stands on, Enter opens.
document.addEventListener("keydown", (event) => {
  const rows = [...document.querySelectorAll(".inbox .row")];
  if (!rows.length || event.ctrlKey || event.metaKey || event.altKey) return;
  if (["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName) && event.target.type !== "checkbox") return;
  const at = rows.findIndex((row) => row.classList.contains("here"));
  const go = (to) => {
    rows[at]?.classList.remove("here");
    rows[to].classList.add("here");
    rows[to].querySelector("a").focus();
  };
  const box = rows[at]?.querySelector(".pick input");
  if (event.key === "j") go(Math.min(at + 1, rows.length - 1));
  else if (event.key === "k") go(Math.max(at - 1, 0));
  else if (event.key === "x" && box) box.checked = !box.checked;
  else if (event.key === "a" && (box || document.querySelector(".inbox .pick input:checked"))) {
    if (!document.querySelector(".inbox .pick input:checked")) box.checked = true;
    document.querySelector("form.inbox").requestSubmit();
  } else return;
  event.preventDefault();
});

// The siren: rings while a P1 has no answer. A browser gives sound only after somebody pressed something.
const siren = document.querySelector(".siren");
if (siren) {
  let audio = null;
  const beep = (seconds) => {
    const tone = audio.createOscillator(), loud = audio.createGain();
    tone.type = "square";
    tone.frequency.setValueAtTime(880, audio.currentTime);
    tone.frequency.setValueAtTime(660, audio.currentTime + seconds / 2);
    loud.gain.value = 0.25;
    tone.connect(loud).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + seconds);
  };
  const isArmed = () => audio !== null && audio.state === "running";
  const calls = () => document.querySelector("a.alert.s1.on:not(.accepted)") !== null;
  const judge = () => {
    siren.classList.toggle("armed", isArmed());
    document.body.classList.toggle("ringing", calls());
    document.body.classList.toggle("muted", calls() && !isArmed());
    document.title = (calls() ? "■ " : "") + document.title.replace(/^■ /, "");
  };
  // The server hears that this inbox can be heard: sizao doctor counts it among what wakes.
  const tell = (body) => fetch("/siren", {
    method: "POST", body,
    headers: { "x-csrf": siren.dataset.csrf, "content-type": "application/x-www-form-urlencoded" },
  }).catch(() => { /* what is not told does not count */ });
  document.querySelector("#siren-test").addEventListener("click", async () => {
    audio ??= new AudioContext();
    await audio.resume();
    sessionStorage.setItem("siren", "on");
    beep(0.6);
    if (isArmed()) tell("test=1");
    judge();
  });
  setInterval(() => { if (isArmed()) tell(""); else if (calls() && "watched" in siren.dataset) tell("sound=off"); }, 60000);
  // Armed before, on another page of this tab: most browsers then give sound again without being asked.
  if (sessionStorage.getItem("siren")) audio = new AudioContext();
  setInterval(() => { judge(); if (calls() && isArmed()) beep(0.9); }, 2000);
  document.addEventListener("renewed", judge);
  judge();
}
// What is to be shown later is shown then: a page may stay open for a whole shift.
for (const late of document.querySelectorAll("[data-shown-at]")) {
  setTimeout(() => { late.hidden = false; }, Math.max(0, late.dataset.shownAt - Date.now()));
}

// The alert path: red by itself when it was not proven for too long, also when the server no longer answers.
const proof = document.querySelector(".proof");
if (proof) {
  const judge = () => proof.classList.toggle("broken", Number(proof.dataset.until) < Date.now());
  const clock = (at) => new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  setInterval(async () => {
    try {
      const answer = await fetch("/fragments/proof");
      if (answer.ok) {
        const found = await answer.json();
        proof.dataset.until = found.until;
        for (const at of proof.querySelectorAll("time")) at.textContent = clock(found.proven_at);
      }
    } catch { /* no answer is no proof: the old one runs out */ }
    judge();
  }, 10000);
}

// The time of a check goes on while nobody has touched it: the form may have been open for a while. It is the wall clock
// of the home, so only what has passed is added.
const clock = document.querySelector("[data-clock]");
if (clock) {
  const begun = Date.now(), shown = clock.value;
  let isTouched = "restored" in clock.dataset;
  clock.addEventListener("input", () => { isTouched = true; });
  clock.form.addEventListener("input", () => {
    if (isTouched) return;
    const moved = new Date(Date.parse(`${shown}Z`) + Date.now() - begun);
    clock.value = moved.toISOString().slice(0, 16);
  });
}

// A clock that runs is counted on while the page is open.
for (const running of document.querySelectorAll("[data-counts-to]")) {
  const count = () => {
    const left = Math.max(0, Number(running.dataset.countsTo) - Date.now());
    const hours = Math.floor(left / 3600000), minutes = Math.floor(left / 60000) % 60, seconds = Math.floor(left / 1000) % 60;
    running.textContent = (hours ? hours + ":" : "") + String(minutes).padStart(2, "0") + ":" + String(seconds).padStart(2, "0");
    if (left) setTimeout(count, 1000);
  };
  count();
}
