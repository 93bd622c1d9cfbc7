package provider

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"golang.org/x/sync/errgroup"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
)

const (
	// readsInFlight bounds the requests of a bulk read, at the number that
	// Terraform itself has in flight by default.
	readsInFlight = 10
	// progressEvery is the number of secrets after which the log reports progress.
	progressEvery = 500
	// answerLimit is in bytes, for the values and fields of a bulk read. The CLIs take no
	// message above 256 MiB, and say only that the plugin failed.
	answerLimit = 240 << 20
	// perSecret is what a secret adds to an answer besides, in bytes: keys and stamps.
	perSecret = 256
)

// errTooLarge ends a bulk read that no CLI would take.
var errTooLarge = errors.New("the values are too large for one answer")

// newSecretsDataSource makes the data source helvetisafe_secrets.
func newSecretsDataSource() datasource.DataSource {
	attributes := secretsAttributes(" It is null without `include_values`.")
	attributes["include_values"] = schema.BoolAttribute{
		Optional: true,
		MarkdownDescription: "Whether the values are read too, which needs the scope `secrets:read` and a source of the private key. Defaults to `false`. " +
			"If one secret can't be read, nothing is, and the error names its key.",
	}
	return &dataSource{name: "secrets", read: readSecrets, schema: schema.Schema{
		MarkdownDescription: "Lists secrets and, with `include_values`, reads their values, several at a time. " + selectionText +
			" The values are kept in the state; the ephemeral resource of the same name keeps them out.",
		Attributes: attributes,
	}}
}

// newSecretsEphemeral makes the ephemeral resource helvetisafe_secrets.
func newSecretsEphemeral() ephemeral.EphemeralResource {
	return &ephemeralResource{
		name: "secrets", read: readSecrets, attributes: secretsAttributes(""),
		about: "Reads several secrets at a time and decrypts them on this machine. Nothing of them is kept in plan or state. " + selectionText +
			" If one secret can't be read, nothing is, and the error names its key. Needs Terraform 1.10 or OpenTofu 1.11.",
	}
}

// secretsAttributes are the attributes of what reads several secrets. condition says when
// the values are null.
func secretsAttributes(condition string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"keys": schema.SetAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "The keys to take. It is an error if one of them has no secret. An empty set takes none.",
		},
		"key_prefix": keyPrefixAttribute,
		"key_regex":  keyRegexAttribute,
		"expires_before": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Takes the secrets that expire before this RFC 3339 date-time with milliseconds at most; a secret without an expiry is not taken.",
			Validators:          []validator.String{isDateTime},
		},
		"secrets": schema.MapNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The metadata of each secret, by key.",
			NestedObject:        schema.NestedAttributeObject{Attributes: metadataAttributes("")},
		},
		"values": schema.MapAttribute{
			Computed:            true,
			Sensitive:           true,
			ElementType:         types.StringType,
			MarkdownDescription: "The value of each secret, by key, as the attribute `value` of `helvetisafe_secret` has it." + condition,
		},
		"data": schema.MapAttribute{
			Computed:            true,
			Sensitive:           true,
			ElementType:         fieldsType,
			MarkdownDescription: "The fields of each secret, by key, as the attribute `data` of `helvetisafe_secret` has them." + condition,
		},
	}
}

// readSecrets selects secrets, and reads their values if they are wanted too.
func readSecrets(ctx context.Context, l *lookup) {
	entries := l.selectSecrets(ctx)
	if l.diags.HasError() {
		return
	}
	secrets := make(map[string]tftypes.Value, len(entries))
	for _, entry := range entries {
		secrets[entry.Key] = tftypes.NewValue(wireMetadataType, wireMetadata(entry))
	}
	l.attributes["secrets"] = tftypes.NewValue(tftypes.Map{ElementType: wireMetadataType}, secrets)
	if !l.ephemeral && textOf(l.attributes["include_values"]) != "true" {
		return
	}
	readings, err := l.readAll(ctx, entries, answerLimit)
	if err != nil {
		l.failBulk(err)
		return
	}
	values := make(map[string]tftypes.Value, len(entries))
	data := make(map[string]tftypes.Value, len(entries))
	var changed []string
	for n, r := range readings {
		key := entries[n].Key
		values[key] = tftypes.NewValue(tftypes.String, r.value)
		data[key] = wireFields(r.fields)
		if !r.normal() {
			changed = append(changed, key)
		}
	}
	l.attributes["values"] = tftypes.NewValue(wireStrings, values)
	l.attributes["data"] = tftypes.NewValue(tftypes.Map{ElementType: wireStrings}, data)
	if len(changed) > 0 {
		warnNotNormal(l.diags, changed, "If the exact bytes matter, read that secret by itself and take its `value_base64`.")
	}
}

// failBulk reports a bulk read that failed.
func (l *lookup) failBulk(err error) {
	if errors.Is(err, errTooLarge) {
		l.diags.AddError("The values are too large for one answer", fmt.Sprintf("Together the values and fields of these secrets would have more than %d MiB, "+
			"which is more than Terraform takes from a provider at once. Take fewer secrets with keys, key_prefix or key_regex, "+
			"and read large ones by themselves, with helvetisafe_secret.", answerLimit>>20))
		return
	}
	l.fail("Reading secrets", err)
}

// readAll reads and decrypts secrets, in the order of entries. The first failure
// ends it; so does errTooLarge, if an answer with all of them would have more than limit
// bytes.
func (i *instance) readAll(ctx context.Context, entries []helvetisafe.Metadata, limit int) ([]reading, error) {
	readings := make([]reading, len(entries))
	var done, size atomic.Int64

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsInFlight)
	for n, entry := range entries {
		group.Go(func() (err error) {
			defer recoverAs(&err)
			if readings[n], err = i.read(ctx, entry.Key); err != nil {
				return fmt.Errorf("the secret %q: %w", entry.Key, err)
			}
			if size.Add(int64(readings[n].size()+perSecret)) > int64(limit) {
				return errTooLarge
			}
			if count := done.Add(1); count%progressEvery == 0 {
				tflog.Info(ctx, "reading secrets", map[string]any{"done": int(count), "all": len(entries)})
			}
			return nil
		})
	}
	return readings, group.Wait()
}

// recoverAs turns a panic into an error. Terraform would show the message of a panic, and
// any value in it.
func recoverAs(err *error) {
	if recover() != nil { //nolint:forbidigo // called by goroutines of ours
		*err = errors.New("a defect in the provider; please report it")
	}
}
