// Package docs holds the tests of the guides: their configurations run on the
// real CLI against the development server, and what they say about scopes and
// messages is held against the code. It has no code of its own.
//
// Providers of others, which a test can't have without a network, are played by
// the command in standin.
package docs
