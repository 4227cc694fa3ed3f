"use strict";
// Request durations in Prometheus' text format, with OpenTelemetry's name, labels and boundaries.

const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const NAME = "http_server_request_duration_seconds";
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

class Metrics {
  constructor() {
    this.requests = new Map();
  }

  /** Records one request. */
  observe(method, route, status, seconds) {
    const labels = `http_request_method="${METHODS.has(method) ? method : "_OTHER"}",http_route="${route}",http_response_status_code="${status}"`;
    const found = this.requests.get(labels) || { buckets: new Array(BOUNDARIES.length + 1).fill(0), seconds: 0 };
    const index = BOUNDARIES.findIndex((bound) => seconds <= bound);
    found.buckets[index === -1 ? BOUNDARIES.length : index] += 1;
    found.seconds += seconds;
    this.requests.set(labels, found);
  }

  /** Everything, as Prometheus reads it. */
  render() {
    const lines = [`# TYPE ${NAME} histogram`];
    for (const [labels, { buckets, seconds }] of [...this.requests].sort()) {
      let seen = 0;
      buckets.forEach((hits, i) => {
        seen += hits;
        lines.push(`${NAME}_bucket{${labels},le="${i < BOUNDARIES.length ? BOUNDARIES[i] : "+Inf"}"} ${seen}`);
      });
      lines.push(`${NAME}_sum{${labels}} ${seconds.toFixed(6)}`, `${NAME}_count{${labels}} ${seen}`);
    }
    lines.push("# TYPE process_resident_memory_bytes gauge", `process_resident_memory_bytes ${process.memoryUsage.rss()}`);
    return `${lines.join("\n")}\n`;
  }
}

module.exports = { Metrics };
