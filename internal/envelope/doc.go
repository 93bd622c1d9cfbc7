// Package envelope is HelvetiSafe's cryptography, as PROTOCOL.md (in
// internal/helvetisafe) has it in sections 6 to 10: a password unlocks an RSA
// private key, the private key unwraps the organisation's key (the Org Key), and
// the Org Key seals and opens secrets.
//
// Bytes in, bytes out: no I/O, no logging, no context and no state but what a
// key holds. Base64 is the caller's. Every size is checked before it is used, and
// no input makes a function panic. All errors are *Error; none holds a byte of
// its input.
package envelope
