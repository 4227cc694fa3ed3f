// The worker takes bookings from the queue, adds them to the analytics database and answers what they come to.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const version = "1.0.0"

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// run works until SIGTERM or SIGINT, then finishes the requests and the booking in hand.
func run() error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()

	metrics := newMetrics()
	analytics := openAnalytics(os.Getenv("ANALYTICS_URL"), os.Getenv("ANALYTICS_PASSWORD_FILE"))
	defer analytics.close()
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	consumer := &consumer{
		address:      os.Getenv("QUEUE_ADDRESS"),
		passwordFile: os.Getenv("QUEUE_PASSWORD_FILE"),
		name:         name,
		analytics:    analytics,
		metrics:      metrics,
	}
	consumed := make(chan struct{})
	go func() {
		defer close(consumed)
		keepTrying(ctx, "analytics", analytics.migrate)
		keepTrying(ctx, "queue", consumer.consume)
	}()

	server := &http.Server{
		Addr:              ":" + envOr("PORT", "8000"),
		Handler:           routes(analytics, metrics, name),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       65 * time.Second,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Printf("listening on %s", server.Addr)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Print("stopping")
	grace, done := context.WithTimeout(context.Background(), 4*time.Second)
	defer done()
	err = server.Shutdown(grace)
	select {
	case <-consumed:
	case <-grace.Done():
		err = grace.Err()
	}
	return err
}

// keepTrying repeats work until it succeeds or ctx ends, waiting longer each time, 2 seconds at most.
func keepTrying(ctx context.Context, what string, work func(context.Context) error) {
	for pause := 500 * time.Millisecond; ctx.Err() == nil; {
		started := time.Now()
		err := work(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		if time.Since(started) > time.Minute { // it had worked for a while: start over with short waits
			pause = 500 * time.Millisecond
		}
		log.Printf("%s: will try again in %v: %v", what, pause, err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		if pause *= 2; pause > 2*time.Second {
			pause = 2 * time.Second
		}
	}
}

func envOr(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func readSecret(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("cannot read the password: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}
