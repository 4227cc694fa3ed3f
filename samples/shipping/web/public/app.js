"use strict";
// The page: sends the form, asks for news every two seconds, draws the cargo. Text goes in as text, never as HTML.

const $ = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");
const state = { ports: new Map(), shown: new Set(), first: true, cargo: "", about: false };
const EVERY = 2000;

/** JSON from our own origin; rejects with {status, body} for an answer that is not good, or without status. */
async function ask(path, options) {
  const response = await fetch(path, { signal: AbortSignal.timeout(8000), ...options });
  const body = await response.json();
  if (!response.ok) throw Object.assign(new Error(body.message || body.error), { status: response.status, body });
  return body;
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function shape(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const portName = (code) => state.ports.get(code) || code;
const colour = (code) => `c${Math.max(0, [...state.ports.keys()].indexOf(code)) % 8}`;

function ago(time) {
  const seconds = Math.max(0, Math.round((Date.now() - new Date(time)) / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(time).toLocaleDateString("en", { day: "numeric", month: "short" });
}

function setNumber(id, text) {
  const target = $(id);
  if (target.textContent === text) return;
  const known = target.textContent !== "–";
  target.textContent = text;
  target.classList.remove("bump");
  void target.offsetWidth; // lets the animation start again
  if (known) target.classList.add("bump");
}

// ---- the parts of the page ----------------------------------------------------------------------------------

async function showAbout() {
  const about = await ask("api/about");
  $("app-version").textContent = about.version;
  $("served-by").textContent = about.pod;
}

async function showPorts() {
  if (state.ports.size) return;
  const { ports } = await ask("api/ports");
  const byName = [...ports].sort((a, b) => a.name.localeCompare(b.name));
  state.ports = new Map(byName.map(({ code, name }) => [code, name]));
  for (const [id, chosen] of [["from-port", "KRPUS"], ["to-port", "NLRTM"]]) {
    $(id).replaceChildren(...byName.map(({ code, name }) =>
      element("option", { value: code, textContent: name, selected: code === chosen })));
  }
}

async function showBookings() {
  const { bookings, total } = await ask("api/bookings?limit=10");
  $("stored-count").textContent = `${number.format(total)} stored`;
  $("stored-count").hidden = false;
  $("recent-empty").hidden = bookings.length > 0;
  $("recent-empty").textContent = "No booking yet. Be the first.";
  $("recent").replaceChildren(...bookings.map(bookingLine));
  drawCargo(bookings);
  for (const booking of bookings) state.shown.add(booking.id);
  state.first = false;
}

function bookingLine(booking) {
  const chip = shape("svg", { class: "chip", "aria-hidden": "true" });
  chip.append(shape("rect", { width: "100%", height: "100%", class: colour(booking.to_port) }));
  const fresh = !state.first && !state.shown.has(booking.id);
  return element("li", { className: fresh ? "fresh" : "" },
    chip,
    element("b", { textContent: booking.shipper, title: booking.shipper }),
    element("span", { className: "load", textContent: `${number.format(booking.teu)} TEU` }),
    element("span", { className: "way", textContent: `${portName(booking.from_port)} → ${portName(booking.to_port)}` }),
    element("time", { dateTime: booking.booked_at, textContent: ago(booking.booked_at) }));
}

async function showAnalytics() {
  const { bookings, teu, routes } = await ask("api/analytics");
  setNumber("booked-count", number.format(bookings));
  setNumber("teu-total", number.format(teu));
  setNumber("busiest-route", routes.length ? `${portName(routes[0].from_port)} → ${portName(routes[0].to_port)}` : "none yet");
  $("routes-empty").hidden = routes.length > 0;
  $("routes-empty").textContent = "Routes appear here once the worker has counted a booking.";
  $("routes").replaceChildren(...routes.map((route) => {
    const way = `${portName(route.from_port)} → ${portName(route.to_port)}`;
    const line = element("div", { className: "line" },
      element("span", { textContent: way }), element("span", { textContent: `${number.format(route.teu)} TEU` }));
    const bar = element("progress", { max: routes[0].teu, value: route.teu });
    bar.setAttribute("aria-label", way);
    return element("li", {}, line, bar);
  }));
}

/** Stacks the latest bookings on deck, newest last: a booking of many TEU shows as twelve boxes at most. */
function drawCargo(bookings) {
  const columns = 11, rows = 4, width = 38, height = 19;
  const boxes = [];
  for (const booking of [...bookings].reverse()) {
    for (let i = 0; i < Math.min(booking.teu, 12); i += 1) boxes.push(booking);
  }
  const aboard = boxes.slice(-columns * rows);
  const key = aboard.map((booking) => booking.id).join();
  if (key === state.cargo) return;
  state.cargo = key;
  const drawn = [];
  for (let i = 0; i < columns * rows; i += 1) {
    const x = 370 + (i % columns) * width, y = 186 - height * (1 + Math.floor(i / columns)), booking = aboard[i];
    if (!booking) continue;
    const group = shape("g", !state.first && !state.shown.has(booking.id) ? { class: "new" } : {});
    group.append(shape("rect", { x, y, width: width - 2, height: height - 1, rx: 1.5, class: `box ${colour(booking.to_port)}` }));
    for (let rib = 6; rib < width - 4; rib += 6) group.append(shape("path", { class: "rib", d: `M${x + rib} ${y + 3}v${height - 7}` }));
    drawn.push(group);
  }
  $("cargo").replaceChildren(...drawn);
}

// ---- news ---------------------------------------------------------------------------------------------------

const PARTS = [
  [showAbout, "The web front end"],
  [showPorts, "The bookings service"],
  [showBookings, "The bookings service", "recent-empty"],
  [showAnalytics, "The analytics", "routes-empty"],
];

async function refresh() {
  const away = new Set();
  for (const [show, part, empty] of PARTS) {
    try {
      await show();
    } catch {
      away.add(part);
      if (empty) $(empty).textContent = "Not known for the moment.";
    }
  }
  const many = away.size > 1;
  $("notice").hidden = away.size === 0;
  if (away.size) {
    $("notice").textContent = `${[...away].join(" and ").replace(/ and The /g, " and the ")} ${many ? "are" : "is"} ` +
      "away for the moment. Everything else works, nothing is lost, and this page keeps trying.";
  }
  document.documentElement.dataset.state = "ready";
  $("live").dataset.state = away.size ? "bad" : "good";
  $("live-text").textContent = away.size ? "trying again" : "live";
}

async function poll() {
  if (!document.hidden || state.first) await refresh();
  setTimeout(poll, EVERY);
}

// ---- the form -----------------------------------------------------------------------------------------------

function complain(fields) {
  for (const input of $("booking-form").querySelectorAll("input, select")) {
    const text = fields[input.name];
    $(`${input.name}-error`).textContent = text || "";
    $(`${input.name}-error`).hidden = !text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  $("booking-form").querySelector('[aria-invalid="true"]')?.focus();
}

function say(text, good = true) {
  $("form-message").textContent = text;
  $("form-message").dataset.state = good ? "good" : "bad";
}

let pending = null; // the id of a booking whose answer is not known: sending it again books it once

async function book(event) {
  event.preventDefault();
  const form = $("booking-form");
  const wanted = { shipper: form.shipper.value, from_port: form.from_port.value, to_port: form.to_port.value, teu: Number(form.teu.value) };
  const same = JSON.stringify(wanted);
  if (pending?.same !== same) pending = { same, id: newId() };
  $("book").disabled = true;
  complain({});
  try {
    const made = await ask("api/bookings", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id: pending.id, ...wanted }),
    });
    pending = null;
    say(`Booked: ${number.format(made.teu)} TEU from ${portName(made.from_port)} to ${portName(made.to_port)} for ${made.shipper}.`);
    form.shipper.value = "";
    refresh();
    setTimeout(refresh, 400); // the worker is quick: show its count before the next round
  } catch (problem) {
    if (problem.body?.fields) {
      complain(problem.body.fields);
      say("Please look at the marked fields.", false);
    } else {
      say("Your booking did not go through: the bookings service is away for the moment. Nothing was lost, press Book again.", false);
    }
  } finally {
    $("book").disabled = false;
  }
}

// crypto.randomUUID exists only on pages with TLS.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

$("booking-form").addEventListener("submit", book);
$("swap").addEventListener("click", () => {
  const { from_port: from, to_port: to } = $("booking-form");
  [from.value, to.value] = [to.value, from.value];
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
poll();
