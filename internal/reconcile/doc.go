// Package reconcile holds what a secret is wanted, known and stored to be, and what
// follows from it. It knows nothing of Terraform.
package reconcile
