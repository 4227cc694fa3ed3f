"use strict";
// The web front end, with services behind it that are a few lines each. Run by test_web.py.

const assert = require("node:assert");
const http = require("node:http");
const path = require("node:path");
const test = require("node:test");

const web = path.join(__dirname, "../../../samples/shipping/web");
const { createServer } = require(path.join(web, "server.js"));
const { loadFiles } = require(path.join(web, "files.js"));

const listen = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`)));

async function start(t, behind) {
  const service = http.createServer(behind);
  const origin = await listen(service);
  const front = createServer({ bookings: origin, worker: origin, files: loadFiles(path.join(web, "public")), log: () => {} });
  const url = await listen(front.server);
  t.after(() => { service.closeAllConnections(); service.close(); front.server.closeAllConnections(); front.server.close(); });
  return { url, front, service };
}

const answer = (status, body) => (request, response) => { request.resume(); response.writeHead(status); response.end(JSON.stringify(body)); };

test("the page and its files are served, nothing else", async (t) => {
  const { url } = await start(t, answer(200, {}));
  for (const [name, status] of [["/", 200], ["/app.js", 200], ["/style.css", 200], ["/server.js", 404], ["/../server.js", 404], ["/%2e%2e/server.js", 404], ["/..%2fserver.js", 404]]) {
    assert.strictEqual((await fetch(url + name)).status, status, name);
  }
});

test("the page may run no script but its own", async (t) => {
  const { url } = await start(t, answer(200, {}));
  const response = await fetch(url);
  assert.match(response.headers.get("content-security-policy"), /script-src 'self';/);
  assert.doesNotMatch(await response.text(), /<script>|\son\w+=|style="/);
});

test("an answer of the bookings service is passed on with its status", async (t) => {
  const { url } = await start(t, answer(400, { error: "invalid", fields: { teu: "Too many." } }));
  const response = await fetch(`${url}/api/bookings`, { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } });
  assert.strictEqual(response.status, 400);
  assert.deepStrictEqual((await response.json()).fields, { teu: "Too many." });
});

test("a service that is away is a 503 that names it, and the page still loads", async (t) => {
  const { url, service } = await start(t, answer(200, {}));
  service.close();
  const response = await fetch(`${url}/api/analytics`);
  assert.strictEqual(response.status, 503);
  assert.deepStrictEqual(await response.json(), { error: "unavailable", part: "analytics", reason: "ECONNREFUSED" });
  assert.strictEqual((await fetch(url)).status, 200);
  assert.strictEqual((await fetch(`${url}/readyz`)).status, 200);
});

test("a request that met a dying pod is sent again", async (t) => {
  let calls = 0;
  const { url } = await start(t, (request, response) => {
    calls += 1;
    if (calls === 1) return request.socket.destroy();
    return answer(200, { bookings: 3 })(request, response);
  });
  assert.deepStrictEqual(await (await fetch(`${url}/api/analytics`)).json(), { bookings: 3 });
});

test("a body larger than a booking can be is refused before it is passed on", async (t) => {
  let calls = 0;
  const { url } = await start(t, (request, response) => { calls += 1; answer(201, {})(request, response); });
  const response = await fetch(`${url}/api/bookings`, { method: "POST", body: "x".repeat(20_000) });
  assert.strictEqual(response.status, 413);
  assert.strictEqual(calls, 0);
});

test("requests are measured by route, with unknown paths together", async (t) => {
  const { url } = await start(t, answer(200, {}));
  await (await fetch(`${url}/api/about`)).text();
  await (await fetch(`${url}/wp-login.php`)).text();
  const text = await (await fetch(`${url}/metrics`)).text();
  assert.match(text, /_count\{http_request_method="GET",http_route="\/api\/about",http_response_status_code="200"\} 1/);
  assert.match(text, /_count\{http_request_method="GET",http_route="\(unknown\)",http_response_status_code="404"\} 1/);
});

test("a stop waits for the request in flight", async (t) => {
  const { url, front } = await start(t, (request, response) => setTimeout(() => answer(200, { bookings: 1 })(request, response), 150));
  const asked = fetch(`${url}/api/analytics`);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.strictEqual(await front.drain(2000), true);
  assert.strictEqual((await asked).status, 200);
});
