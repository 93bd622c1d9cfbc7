package serve

import "syscall"

// protectMemory keeps the keys and values in this process's memory out of core
// dumps, and away from other processes of the same user (prctl(2), PR_SET_DUMPABLE).
// It is a precaution: if the system refuses it, the provider works all the same.
func protectMemory() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0)
}
