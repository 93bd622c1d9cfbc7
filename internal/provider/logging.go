package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// logRequest writes one of the client's records to Terraform's log. The records
// hold no header, query or body (helvetisafe.LogFunc), so nothing needs masking.
func logRequest(ctx context.Context, msg string, fields map[string]any) {
	tflog.Debug(ctx, msg, fields)
}

// logProgress logs how far a long bulk read is.
func logProgress(ctx context.Context, done, all int) {
	tflog.Info(ctx, "reading secrets", map[string]any{"done": done, "all": all})
}
