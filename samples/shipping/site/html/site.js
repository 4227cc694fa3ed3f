"use strict";
// The only moving part of the site: which pod served it, and the line's numbers where they can be had.

const $ = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");

async function showPod() {
  const response = await fetch("index.html", { method: "HEAD", cache: "no-store" });
  $("site-served-by").textContent = response.headers.get("X-Served-By") || "–";
}

async function showNumbers() {
  const response = await fetch("book/api/analytics", { signal: AbortSignal.timeout(8000) });
  if (!response.ok) return;
  const { bookings, teu } = await response.json();
  $("site-booked").textContent = number.format(bookings);
  $("site-teu").textContent = number.format(teu);
  $("proof").hidden = bookings === 0;
}

async function poll() {
  // The page is complete without the numbers: when they cannot be had, the last ones stay.
  await Promise.allSettled([showPod(), showNumbers()]);
  setTimeout(poll, 5000);
}

poll();
