// The overview is fetched again every two seconds; without it the page still works.
const live = document.querySelector("[data-live]");
if (live) {
  setInterval(async () => {
    try {
      const answer = await fetch(live.dataset.live);
      if (answer.ok) { live.innerHTML = await answer.text(); live.classList.remove("stale"); }
      else if (answer.status === 401) location.reload(); // signed out: the page as a whole leads to the form
      else live.classList.add("stale");
    } catch { live.classList.add("stale"); }
  }, 2000);
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
