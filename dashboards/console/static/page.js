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
