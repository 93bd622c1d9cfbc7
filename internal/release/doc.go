// Package release holds tests of what is released: the binary as it is linked
// and the files that go with it. It has no code of its own.
package release
