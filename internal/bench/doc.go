// The bench command measures the provider beside what people use today: the same
// number of terraform_data and random_id, the published Python client, a bare loop
// of requests. All of one table comes from one run on one machine, as medians, so
// its ratios hold where its seconds don't. `make bench` builds what it needs, runs
// it and has it write benchmarks.
//
// Started under the name of a provider, it runs that provider and notes what it
// used: Terraform tells nothing of its children.
package main
