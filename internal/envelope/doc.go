// Package envelope is HelvetiSafe's cryptography, which PROTOCOL.md (in
// internal/helvetisafe) describes in sections 6 to 10. A password unlocks an RSA
// private key, the private key unwraps the organisation's key (the Org Key), and
// the Org Key seals and opens secrets.
//
// The functions take bytes and return bytes. They do no I/O, log nothing, take no
// context, and keep no state except in a key. The caller encodes and decodes base64.
// Every size is checked before it is used, and no input makes a function panic. All
// errors are *Error, and none holds a byte of its input.
package envelope
