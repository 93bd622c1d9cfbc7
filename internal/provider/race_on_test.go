//go:build race

package provider

var raceFlags = []string{"-race"} // of go build
