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
