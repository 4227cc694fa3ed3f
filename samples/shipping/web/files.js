"use strict";
// The files of the page, read once at the start: a request can never name a path on the disk.

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** What a browser may ask for: path -> {type, data, etag}; `/` is index.html. */
function loadFiles(folder) {
  const files = new Map();
  for (const name of fs.readdirSync(folder)) {
    const type = TYPES[path.extname(name)];
    if (!type) continue;
    const data = fs.readFileSync(path.join(folder, name));
    const etag = `"${crypto.createHash("sha256").update(data).digest("base64url").slice(0, 22)}"`;
    files.set(name === "index.html" ? "/" : `/${name}`, { type, data, etag });
  }
  return files;
}

module.exports = { loadFiles };
