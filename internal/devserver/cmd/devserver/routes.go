package main

import (
	"encoding/json"
	"net/http"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// seen is the answer of GET /_dev/requests.
type seen struct {
	Counts       map[string]int `json:"counts"`
	Connections  int            `json:"connections"`
	PeakInFlight int            `json:"peak_in_flight"`
	Violations   []string       `json:"violations"`
}

// withDevRoutes puts the routes of the command before the API. They are not part of the
// server, which refuses whatever the API doesn't have.
func withDevRoutes(s *devserver.Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_dev/secrets", func(w http.ResponseWriter, _ *http.Request) {
		records := []devserver.Record{}
		for _, key := range s.Keys() {
			if r, ok := s.Stored(key); ok {
				records = append(records, r)
			}
		}
		answer(w, map[string]any{"secrets": records})
	})
	mux.HandleFunc("GET /_dev/requests", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, seen{s.Counts(), s.Connections(), s.PeakInFlight(), append([]string{}, s.Violations()...)})
	})
	mux.HandleFunc("DELETE /_dev/requests", func(w http.ResponseWriter, _ *http.Request) {
		s.ResetRequests()
		w.WriteHeader(http.StatusNoContent)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Only these paths go to the mux: it cleans paths by redirects, which would hide
		// a wrong path of a client.
		switch r.URL.Path {
		case "/_dev/secrets", "/_dev/requests":
			mux.ServeHTTP(w, r)
		default:
			s.ServeHTTP(w, r)
		}
	})
}

func answer(w http.ResponseWriter, object any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(object)
}
