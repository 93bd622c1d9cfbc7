package main

import (
	"os"
	"runtime/debug"
	"strings"
)

const (
	// gcPercent fits a process that lives for one command: collecting less often
	// takes a quarter of the CPU off a plan of a thousand secrets.
	gcPercent = 800
	// memoryLimit, in bytes, is where the collector works harder all the same, so
	// that gcPercent does not cost memory where there is much to hold.
	memoryLimit = 112 << 20
)

// tuneMemory leaves alone what the user has set.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// tuneLogging turns the logs off that nobody asked for. Without a level, the
// plugin SDK encodes every trace line and Terraform throws it away, which is
// nearly half of the CPU of a plan. A level that the user set stands. The parts of
// the SDK are named too: one that only inherits its level makes up each line before
// it is dropped.
func tuneLogging(environment []string, set func(name, value string) error) {
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		asked := name == "TF_LOG" || strings.HasPrefix(name, "TF_LOG_SDK") || strings.HasPrefix(name, "TF_LOG_PROVIDER")
		if asked && value != "" && name != "TF_LOG_SDK_PROTO_DATA_DIR" {
			return
		}
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_PROTO", "TF_LOG_PROVIDER_HELVETISAFE"} {
		// A name and a value that are fixed can't be refused.
		_ = set(name, "OFF")
	}
}
