"use strict";
// The web front end: serves the page and passes its questions on to the services behind it.

const http = require("node:http");
const os = require("node:os");
const path = require("node:path");
const { createApi } = require("./api");
const { Metrics } = require("./metrics");
const { loadFiles } = require("./files");

const VERSION = "1.0.0";

/** A server that is not listening yet; `drain` ends it without breaking an answer off. */
function createServer({ bookings, worker, files, log = console.log }) {
  const metrics = new Metrics();
  const api = createApi({ bookings, worker, about: { version: VERSION, pod: os.hostname() } });
  let draining = false;

  async function answer(request, response) {
    const { pathname, search } = parse(request.url);
    if (pathname === null) return send(response, 400, { error: "bad_request" });
    if (pathname === "/healthz") return send(response, 200, { status: "ok" });
    if (pathname === "/readyz") return send(response, draining ? 503 : 200, { status: draining ? "stopping" : "ok" });
    if (pathname === "/metrics") return send(response, 200, metrics.render());
    const handler = api[`${request.method} ${pathname}`];
    if (handler) {
      const { status, body } = await handler(request, search);
      return send(response, status, body);
    }
    const file = files.get(pathname);
    if (!file) return send(response, 404, { error: "not_found" });
    if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, { error: "method_not_allowed" });
    return sendFile(request, response, file);
  }

  const server = http.createServer(async (request, response) => {
    const started = process.hrtime.bigint();
    const { pathname } = parse(request.url);
    response.on("close", () => {
      const known = files.has(pathname) || Object.keys(api).some((key) => key.endsWith(` ${pathname}`)) || PLUMBING.has(pathname);
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      metrics.observe(request.method, known ? pathname : "(unknown)", response.statusCode, seconds);
      if (!PLUMBING.has(pathname)) log(`${request.method} ${pathname} ${response.statusCode} ${Math.round(seconds * 1000)}ms`);
    });
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    response.setHeader("X-Served-By", os.hostname());
    if (draining) response.setHeader("Connection", "close");
    try {
      await answer(request, response);
    } catch (problem) {
      log(`${request.method} ${pathname} failed: ${problem.stack}`);
      if (!response.headersSent) send(response, 500, { error: "internal" });
      else response.destroy();
    }
  });
  server.keepAliveTimeout = 65_000;

  /** Goes on answering for `notice` ms, telling clients to come back on a new connection; then waits for the rest. */
  async function drain(milliseconds, notice = 0) {
    draining = true;
    await new Promise((resolve) => setTimeout(resolve, notice));
    const closed = new Promise((resolve) => server.close(() => resolve(true)));
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    const late = new Promise((resolve) => setTimeout(resolve, milliseconds, false).unref());
    return Promise.race([closed, late]).finally(() => clearInterval(sweep));
  }
  return { server, drain };
}

const PLUMBING = new Set(["/healthz", "/readyz", "/metrics"]);
const HEADERS = {
  "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

function parse(target) {
  try {
    const url = new URL(target, "http://web");
    return { pathname: url.pathname, search: url.search };
  } catch {
    return { pathname: null, search: "" };
  }
}

function send(response, status, body) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": typeof body === "string" ? "text/plain; version=0.0.4" : "application/json",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
  });
  response.end(text);
}

function sendFile(request, response, file) {
  response.setHeader("ETag", file.etag);
  response.setHeader("Cache-Control", "no-cache");
  if (request.headers["if-none-match"] === file.etag) return response.writeHead(304).end();
  response.writeHead(200, { "Content-Type": file.type, "Content-Length": file.data.length });
  response.end(request.method === "HEAD" ? undefined : file.data);
}

function main() {
  const { server, drain } = createServer({
    bookings: process.env.BOOKINGS_URL,
    worker: process.env.WORKER_URL,
    files: loadFiles(path.join(__dirname, "public")),
  });
  server.listen(Number(process.env.PORT || 3000), () => console.log(`listening on port ${server.address().port}`));
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, async () => {
      console.log("stopping");
      process.exit((await drain(3500, 800)) ? 0 : 1);
    });
  }
}

if (require.main === module) main();
module.exports = { createServer, VERSION };
