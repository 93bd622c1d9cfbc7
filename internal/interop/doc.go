// Package interop holds the tests that run the published Python packages,
// which nobody here wrote, against the provider: helvetisafe-client and
// helvetisafe-vault-k8s, at the versions that requirements.txt pins by hash. It
// has no code of its own.
//
// The tests make a Python virtual environment of their own and remove it. Where
// there is no Python 3.10 or newer they say so and are skipped, but not where
// the environment variable CI is set.
package interop
