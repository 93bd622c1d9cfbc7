// Package interop holds the tests that run the published Python packages against the
// provider: helvetisafe-client and helvetisafe-vault-k8s, which nobody here wrote, at
// the versions that requirements.txt pins by hash. It has no code of its own.
//
// The tests make a Python virtual environment of their own and remove it. Without
// Python 3.10 or newer they say so and are skipped; if the environment variable CI is
// set, they fail instead.
package interop
