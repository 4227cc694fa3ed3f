package main

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"
)

// boundaries are those that OpenTelemetry advises for durations, in seconds.
var boundaries = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

// metrics holds the numbers of this process and prints them in Prometheus' text format.
type metrics struct {
	mu         sync.Mutex
	counters   map[string]int64
	requests   map[string]*histogram
	processing *histogram
}

type histogram struct {
	mu      sync.Mutex
	buckets []int64
	seconds float64
}

func newMetrics() *metrics {
	return &metrics{
		counters: map[string]int64{
			"shipping_bookings_processed_total": 0,
			"shipping_bookings_duplicate_total": 0,
			"shipping_bookings_rejected_total":  0,
		},
		requests:   map[string]*histogram{},
		processing: newHistogram(),
	}
}

func newHistogram() *histogram { return &histogram{buckets: make([]int64, len(boundaries)+1)} }

func (m *metrics) count(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counters[name]++
}

func (m *metrics) request(method, route string, status int, took time.Duration) {
	labels := fmt.Sprintf(`http_request_method=%q,http_route=%q,http_response_status_code="%d"`, method, route, status)
	m.mu.Lock()
	h := m.requests[labels]
	if h == nil {
		h = newHistogram()
		m.requests[labels] = h
	}
	m.mu.Unlock()
	h.observe(took)
}

func (h *histogram) observe(took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.buckets[sort.SearchFloat64s(boundaries, took.Seconds())]++
	h.seconds += took.Seconds()
}

func (m *metrics) render() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out strings.Builder
	for _, name := range sortedKeys(m.counters) {
		fmt.Fprintf(&out, "# TYPE %s counter\n%s %d\n", name, name, m.counters[name])
	}
	fmt.Fprint(&out, "# TYPE shipping_booking_processing_seconds histogram\n")
	m.processing.render(&out, "shipping_booking_processing_seconds", "")
	fmt.Fprint(&out, "# TYPE http_server_request_duration_seconds histogram\n")
	labels := make([]string, 0, len(m.requests))
	for label := range m.requests {
		labels = append(labels, label)
	}
	sort.Strings(labels)
	for _, label := range labels {
		m.requests[label].render(&out, "http_server_request_duration_seconds", label)
	}
	return out.String()
}

func (h *histogram) render(out *strings.Builder, name, labels string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	prefix, braces := "", ""
	if labels != "" {
		prefix, braces = labels+",", "{"+labels+"}"
	}
	var seen int64
	for i, hits := range h.buckets {
		seen += hits
		bound := "+Inf"
		if i < len(boundaries) {
			bound = fmt.Sprint(boundaries[i])
		}
		fmt.Fprintf(out, "%s_bucket{%sle=%q} %d\n", name, prefix, bound, seen)
	}
	fmt.Fprintf(out, "%s_sum%s %f\n%s_count%s %d\n", name, braces, h.seconds, name, braces, seen)
}

func sortedKeys(counters map[string]int64) []string {
	keys := make([]string, 0, len(counters))
	for key := range counters {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
