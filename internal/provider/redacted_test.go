package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/reconcile"
)

// TestModelsPrintRedacted: a model in a log line or in a panic shows no value.
func TestModelsPrintRedacted(t *testing.T) {
	value := types.StringValue(marker)
	data := types.MapValueMust(types.StringType, map[string]attr.Value{"a": value})
	model := &secretModel{Value: value, ValueWO: value, Data: data, DataWO: data}
	plain := model.secret()
	found := map[string]tftypes.Value{"value": tftypes.NewValue(tftypes.String, marker), "data": wireFields(map[string]string{"a": marker})}
	for name, v := range map[string]any{
		"secretModel": *model,
		"Secret":      *plain,
		"Operation":   reconcile.Operation{Config: plain, Plan: plain, State: plain},
		"reading":     reading{value: marker, fields: map[string]string{"a": marker}},
		"lookup":      lookup{attributes: found},
		"settings":    settings{values: map[string]setting{"password": {value: marker}}},
		"setting":     setting{value: marker, items: []string{marker}},
	} {
		t.Run(name, func(t *testing.T) {
			var printed bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				fmt.Fprintf(&printed, verb+"\n"+verb+"\n", v, []any{v})
			}
			slog.New(slog.NewTextHandler(&printed, nil)).Info("m", "v", v)
			slog.New(slog.NewJSONHandler(&printed, nil)).Info("m", "v", v)
			raw, err := json.Marshal(v)
			if err != nil {
				t.Error(err)
			}
			all := printed.String() + string(raw)
			if strings.Contains(all, marker) || strings.Contains(all, fmt.Sprintf("%x", marker)) || !strings.Contains(all, "[redacted]") {
				t.Error("it prints what it holds")
			}
		})
	}
}
