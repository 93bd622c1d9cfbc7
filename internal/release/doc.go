// Package release holds tests of what is released: the binary as it is linked,
// the files that go with it, and the release as users get and install it. It has
// no code of its own.
package release
