// The first command reads one secret with the client package, from nothing: what a
// program that needs one value waits for. Its settings are the provider's variables.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, key string) error {
	config := helvetisafe.Config{
		BaseURL: os.Getenv("HELVETISAFE_BASE_URL"),
		Auth: helvetisafe.ClientCredentials{
			ClientID:     os.Getenv("HELVETISAFE_CLIENT_ID"),
			ClientSecret: redact.NewString(os.Getenv("HELVETISAFE_CLIENT_SECRET")),
		},
	}
	switch {
	case os.Getenv("HELVETISAFE_PASSWORD") != "":
		config.Key = helvetisafe.KeySource{Password: redact.NewString(os.Getenv("HELVETISAFE_PASSWORD"))}
	case os.Getenv("HELVETISAFE_PRIVATE_KEY_PEM") != "":
		config.Key = helvetisafe.KeySource{PEM: redact.NewString(os.Getenv("HELVETISAFE_PRIVATE_KEY_PEM"))}
	default:
		config.Key = helvetisafe.KeySource{Path: os.Getenv("HELVETISAFE_PRIVATE_KEY_PATH")}
	}
	client, err := helvetisafe.New(config)
	if err != nil {
		return err
	}
	sealed, err := client.Get(ctx, key)
	if err != nil {
		return err
	}
	content, err := client.Open(ctx, sealed)
	if err != nil {
		return err
	}
	value, err := content.Value()
	if err == nil {
		fmt.Fprintln(os.Stdout, len(value))
	}
	return err
}
