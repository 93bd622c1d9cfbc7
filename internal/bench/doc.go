// The bench command measures the provider beside what people use today: the same
// number of other resources, the published Python client, a bare loop of requests.
// All of one table comes from one run on one machine, as medians, so its ratios hold on
// other machines, though its seconds don't. `make bench` builds what it needs, runs it
// and has it write benchmarks. With -weigh it measures what each attribute and the private state
// of a secret costs the core.
//
// Started under the name of a provider, it runs that provider and notes what it
// used: Terraform tells nothing of its children.
package main
