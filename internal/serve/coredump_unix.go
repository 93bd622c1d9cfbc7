//go:build unix && !linux

package serve

import "syscall"

// protectMemory keeps the keys and values in this process's memory out of core
// dumps. It is a precaution: if the system refuses it, the provider works all the same.
func protectMemory() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}
