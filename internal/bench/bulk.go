package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/provider"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/serve"
)

// inFlight is how many requests the provider's bulk read has under way, and so the
// bare loop.
const inFlight = 10

// envMode makes this command do one thing and print the seconds that it took. A
// process of its own each time, as a provider is.
const envMode = "BENCH_MODE"

var modes = map[string]func(context.Context) error{
	"bulk": readBulk, "client": readClient, "bare": readBare, "list": readList, "hollow": serveHollow,
}

// fill writes the secrets from one number to before another, so that there is
// something to read.
func fill(ctx context.Context, v *vault, from, to int, expiry helvetisafe.Timestamp) error {
	client, err := helvetisafe.New(helvetisafe.Config{
		BaseURL: v.vars["HELVETISAFE_BASE_URL"],
		Auth:    helvetisafe.APIToken{Token: redact.NewString(v.vars["DEVSERVER_API_TOKEN"])},
		Key:     helvetisafe.KeySource{Path: v.vars["HELVETISAFE_PRIVATE_KEY_PATH"]},
	})
	if err != nil {
		return err
	}
	// The first call settles how the token is sent; writes can't try.
	if _, err := client.List(ctx); err != nil {
		return err
	}
	return each(to-from, func(i int) error {
		i += from
		key := fmt.Sprintf("bench_%d", i)
		_, err := client.Create(ctx, key, helvetisafe.Content{Value: fmt.Sprintf("value %d", i)}, expiry)
		return err
	})
}

// each calls do for 0 … n-1, inFlight at a time.
func each(n int, do func(int) error) error {
	var wg sync.WaitGroup
	next, errs := make(chan int), make(chan error, inFlight)
	for range inFlight {
		wg.Go(func() {
			var first error
			for i := range next {
				if first == nil {
					first = do(i)
				}
			}
			errs <- first
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// readBulk reads all secrets by the provider's data source, over its protocol. The
// settings are the provider's variables.
func readBulk(ctx context.Context) error {
	serve.Tune()
	server := serve.Server(provider.New("bench")())
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	const source = "helvetisafe_secrets"
	block, err := object(schemas.Provider.ValueType(), nil)
	if err != nil {
		return err
	}
	config, err := object(schemas.DataSourceSchemas[source].ValueType(), map[string]any{"include_values": true})
	if err != nil {
		return err
	}
	began := time.Now()
	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: block})
	if err != nil || len(configured.Diagnostics) > 0 {
		return fmt.Errorf("configure: %w, %d diagnostics", err, len(configured.Diagnostics))
	}
	read, err := server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: source, Config: config})
	if err != nil || len(read.Diagnostics) > 0 {
		return fmt.Errorf("read: %w, %d diagnostics", err, len(read.Diagnostics))
	}
	fmt.Fprintln(os.Stdout, time.Since(began).Seconds())
	return nil
}

// object is a value of the type with nothing set but set.
func object(typ tftypes.Type, set map[string]any) (*tfprotov6.DynamicValue, error) {
	full, ok := typ.(tftypes.Object)
	if !ok {
		return nil, fmt.Errorf("%s is not an object", typ)
	}
	members := map[string]tftypes.Value{}
	for name, attribute := range full.AttributeTypes {
		members[name] = tftypes.NewValue(attribute, set[name])
	}
	value, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, members))
	return &value, err
}

// clientFromEnvironment is a client with the provider's variables.
func clientFromEnvironment() (*helvetisafe.Client, error) {
	return helvetisafe.New(helvetisafe.Config{
		BaseURL: os.Getenv("HELVETISAFE_BASE_URL"),
		Auth: helvetisafe.ClientCredentials{
			ClientID:     os.Getenv("HELVETISAFE_CLIENT_ID"),
			ClientSecret: redact.NewString(os.Getenv("HELVETISAFE_CLIENT_SECRET")),
		},
		Key: helvetisafe.KeySource{Path: os.Getenv("HELVETISAFE_PRIVATE_KEY_PATH")},
	})
}

// readClient reads all secrets by the client package, inFlight at a time.
func readClient(ctx context.Context) error {
	began := time.Now()
	client, err := clientFromEnvironment()
	if err != nil {
		return err
	}
	list, err := client.List(ctx)
	if err != nil {
		return err
	}
	entries := list.All()
	err = each(len(entries), func(i int) error {
		sealed, err := client.Get(ctx, entries[i].Key)
		if err != nil {
			return err
		}
		content, err := client.Open(ctx, sealed)
		if err != nil {
			return err
		}
		_, err = content.Value()
		return err
	})
	fmt.Fprintln(os.Stdout, time.Since(began).Seconds())
	return err
}

// readBare is the wire alone: a token, the list, and then each secret, which is
// neither parsed nor decrypted.
func readBare(ctx context.Context) error {
	base := os.Getenv("HELVETISAFE_BASE_URL")
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: inFlight, MaxIdleConnsPerHost: inFlight}}
	began := time.Now()
	form := url.Values{
		"grant_type": {"client_credentials"}, "scope": {"secrets:list secrets:read"},
		"client_id": {os.Getenv("HELVETISAFE_CLIENT_ID")}, "client_secret": {os.Getenv("HELVETISAFE_CLIENT_SECRET")},
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	ask := func(method, path, kind string, body io.Reader, into any) error {
		req, err := http.NewRequestWithContext(ctx, method, base+path, body) //nolint:gosec // the development server
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", kind)
		if token.AccessToken != "" {
			req.Header.Set("Authorization", "Bearer "+token.AccessToken)
		}
		resp, err := client.Do(req) //nolint:gosec // the development server
		if err != nil {
			return err
		}
		raw, err := io.ReadAll(resp.Body)
		err = errors.Join(err, resp.Body.Close())
		if err == nil && resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", path, resp.Status)
		}
		if err == nil && into != nil {
			err = json.Unmarshal(raw, into)
		}
		return err
	}
	if err := ask(http.MethodPost, "/oauth/token", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), &token); err != nil {
		return err
	}
	var list struct {
		Keys []struct {
			Key string `json:"key"`
		} `json:"keys"`
	}
	if err := ask(http.MethodGet, "/api/v1/secrets", "", nil, &list); err != nil {
		return err
	}
	err := each(len(list.Keys), func(i int) error {
		return ask(http.MethodGet, "/api/v1/secrets/"+list.Keys[i].Key, "", nil, nil)
	})
	fmt.Fprintln(os.Stdout, time.Since(began).Seconds())
	return err
}
