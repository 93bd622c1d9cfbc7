//go:build !race

package provider

var raceFlags []string // of go build
