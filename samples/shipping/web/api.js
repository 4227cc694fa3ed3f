"use strict";
// What the page may ask, and which service answers it. A service that is away is a 503 with words for people.

const http = require("node:http");

const LARGEST_BODY = 16 * 1024;
const ATTEMPTS = 3;
const agent = new http.Agent({ keepAlive: true, maxSockets: 64, timeout: 30_000 });

/** Handlers by "METHOD /path"; each resolves to {status, body}. */
function createApi({ bookings, worker, about }) {
  return {
    "GET /api/about": async () => ({ status: 200, body: about }),
    "GET /api/ports": () => ask("bookings", bookings, "/ports"),
    "GET /api/bookings": (_, search) => ask("bookings", bookings, `/bookings${search}`),
    "GET /api/analytics": () => ask("analytics", worker, "/analytics"),
    "POST /api/bookings": async (request) => {
      const body = await read(request);
      if (body === null) return { status: 413, body: { error: "too_large" } };
      return ask("bookings", bookings, "/bookings", { method: "POST", body, type: request.headers["content-type"] });
    },
  };
}

/** The service's answer, or a 503 that says which part of the application is away. */
async function ask(part, origin, path, options = {}) {
  // Doing a request twice is harmless (a booking carries its id), so one that met a pod on its way out is repeated.
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(new URL(path, origin), options);
    } catch (problem) {
      if (attempt < ATTEMPTS && problem.code !== "ETIMEDOUT") {
        await new Promise((resolve) => setTimeout(resolve, 50 * attempt));
        continue;
      }
      return { status: 503, body: { error: "unavailable", part, reason: problem.code || "no valid answer" } };
    }
  }
}

function once(url, { method = "GET", body, type }) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "Content-Type": type || "", "Content-Length": body.length };
    const request = http.request(url, { method, headers, agent, timeout: 4000 }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        try {
          resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks)) });
        } catch (problem) {
          reject(problem);
        }
      });
    });
    request.on("timeout", () => request.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })));
    request.on("error", reject);
    request.end(body);
  });
}

/** The body of a request, or null when it is larger than a booking can be. */
async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= LARGEST_BODY) chunks.push(chunk);
  }
  return size <= LARGEST_BODY ? Buffer.concat(chunks) : null;
}

module.exports = { createApi };
