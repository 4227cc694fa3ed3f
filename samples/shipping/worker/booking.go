package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// booking is one message of the queue.
type booking struct {
	id       string
	fromPort string
	toPort   string
	teu      int
	bookedAt time.Time
}

var (
	uuidShape = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	portShape = regexp.MustCompile(`^[A-Z]{2}[A-Z2-9]{3}$`) // UN/LOCODE
)

// parseBooking reads a message; an error means that no later try will make it valid.
func parseBooking(fields map[string]string) (booking, error) {
	teu, err := strconv.Atoi(fields["teu"])
	if err != nil || teu < 1 {
		return booking{}, fmt.Errorf("teu is not a positive number: %q", fields["teu"])
	}
	bookedAt, err := time.Parse(time.RFC3339Nano, fields["booked_at"])
	if err != nil {
		return booking{}, fmt.Errorf("booked_at: %w", err)
	}
	b := booking{fields["id"], fields["from_port"], fields["to_port"], teu, bookedAt}
	if !uuidShape.MatchString(b.id) {
		return booking{}, fmt.Errorf("id is not a UUID: %q", b.id)
	}
	if !portShape.MatchString(b.fromPort) || !portShape.MatchString(b.toPort) {
		return booking{}, errors.New("a port is not a UN/LOCODE")
	}
	return b, nil
}
