package main

import (
	"strings"
	"testing"
	"time"
)

func message() map[string]string {
	return map[string]string{
		"id": "0b0e7f6a-3f1d-4a52-9a10-0a4f5b8f4c11", "shipper": "Hanbit", "from_port": "KRPUS",
		"to_port": "NLRTM", "teu": "12", "booked_at": "2026-11-23T05:00:00.123456+00:00",
	}
}

func TestBookingIsRead(t *testing.T) {
	b, err := parseBooking(message())
	if err != nil || b.teu != 12 || b.fromPort != "KRPUS" || b.bookedAt.Year() != 2026 {
		t.Fatalf("%+v %v", b, err)
	}
}

func TestUnreadableBookingIsRefused(t *testing.T) {
	for field, value := range map[string]string{
		"id": "1", "from_port": "pusan", "to_port": "", "teu": "many", "booked_at": "yesterday",
	} {
		m := message()
		m[field] = value
		if _, err := parseBooking(m); err == nil {
			t.Errorf("%s=%q was taken", field, value)
		}
	}
}

func TestMetricsAccumulateBuckets(t *testing.T) {
	m := newMetrics()
	m.count("shipping_bookings_processed_total")
	m.request("GET", "/analytics", 200, 20*time.Millisecond)
	text := m.render()
	for _, line := range []string{
		"shipping_bookings_processed_total 1\n",
		`http_route="/analytics",http_response_status_code="200",le="0.01"} 0` + "\n",
		`http_route="/analytics",http_response_status_code="200",le="0.025"} 1` + "\n",
		`http_route="/analytics",http_response_status_code="200",le="+Inf"} 1` + "\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
}
