package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"strconv"
	"time"
)

func routes(a *analytics, m *metrics, name string) http.Handler {
	mux := http.NewServeMux()
	handle := func(path string, answer func(context.Context) (int, interface{})) {
		mux.Handle(path, timed(m, path, func(w http.ResponseWriter, r *http.Request) int {
			w.Header().Set("X-Served-By", name)
			w.Header().Set("X-Version", version)
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				return send(w, http.StatusMethodNotAllowed, failure{Error: "method_not_allowed"})
			}
			ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
			defer cancel()
			status, body := answer(ctx)
			return send(w, status, body)
		}))
	}
	handle("/healthz", func(context.Context) (int, interface{}) { return http.StatusOK, okay{"ok"} })
	handle("/readyz", func(ctx context.Context) (int, interface{}) {
		if !a.ready(ctx) {
			return http.StatusServiceUnavailable, failure{Error: "starting"}
		}
		return http.StatusOK, okay{"ok"}
	})
	handle("/analytics", func(ctx context.Context) (int, interface{}) {
		summary, err := a.summarise(ctx)
		if err != nil {
			log.Printf("analytics: %v", err)
			return http.StatusServiceUnavailable,
				failure{"unavailable", "The analytics database does not answer."}
		}
		return http.StatusOK, summary
	})
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprint(w, m.render())
	})
	return mux
}

type okay struct {
	Status string `json:"status"`
}

type failure struct {
	Error   string `json:"error"`
	Message string `json:"message,omitempty"`
}

func send(w http.ResponseWriter, status int, body interface{}) int {
	data, err := json.Marshal(body)
	if err != nil {
		log.Printf("cannot encode an answer: %v", err)
		status, data = http.StatusInternalServerError, []byte(`{"error":"internal"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	w.Write(data) // an error here means that the client has gone
	return status
}

func timed(m *metrics, route string, answer func(http.ResponseWriter, *http.Request) int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		status := answer(w, r)
		m.request(r.Method, route, status, time.Since(started))
	})
}
