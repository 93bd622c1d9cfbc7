//go:build !unix

package main

// denyMemoryReaders has nothing to do: this system writes no core dumps on its own.
func denyMemoryReaders() {}
