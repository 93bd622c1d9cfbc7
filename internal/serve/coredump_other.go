//go:build !unix

package serve

// protectMemory has nothing to do: this system writes no core dumps on its own.
func protectMemory() {}
