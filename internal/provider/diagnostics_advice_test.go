package provider

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/helvetisafe"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
)

func TestEveryKindHasAHeadline(t *testing.T) {
	for kind := helvetisafe.Unauthorized; kind <= helvetisafe.Ambiguous; kind++ {
		if kinds[kind].headline == "" && kind != helvetisafe.Cancelled {
			t.Errorf("kind %d has none", kind)
		}
	}
}

// TestEveryReasonHasANextStep: the client gives a reason a name so that something can be
// said about it here, and a setting so that it gets the name of its attribute.
func TestEveryReasonHasANextStep(t *testing.T) {
	source, err := os.ReadFile("../helvetisafe/errors.go")
	if err != nil {
		t.Fatal(err)
	}
	advice, err := os.ReadFile("diagnostics_advice.go")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^\t(\w+)\s+(?:(?:Reason|Setting)\s+= |= Reason\()`).FindAllSubmatch(source, -1)
	for _, name := range names {
		if !regexp.MustCompile(`helvetisafe\.` + string(name[1]) + `:`).Match(advice) {
			t.Errorf("%s is not in the tables", name[1])
		}
	}
	if len(names) < 70 || len(nextSteps)+len(settingNames) != len(names) {
		t.Errorf("%d names found for %d rows", len(names), len(nextSteps)+len(settingNames))
	}
}

// nextStep is the verb of one.
var nextStep = regexp.MustCompile(`[;.] .*\b(ask|check|grant|try|import|report|use|store|set|run|generate|log|finish|have)\b`)

// TestEveryErrorSaysWhatToDo: whatever answers, and to which request, the diagnostic names
// the request and a next step.
func TestEveryErrorSaysWhatToDo(t *testing.T) {
	v := acctest.Start(t)
	client, err := helvetisafe.New(helvetisafe.Config{
		BaseURL: v.URL, Key: helvetisafe.KeySource{Password: redact.NewString(v.Password)}, Auth: helvetisafe.APIToken{Token: redact.NewString(v.APIToken)},
	})
	if err != nil {
		t.Fatal(err)
	}
	write := helvetisafe.StoredContent{Value: "v"}
	operations := map[string]func(context.Context) error{
		devserver.RouteList:   func(ctx context.Context) error { _, err := client.List(ctx); return err },
		devserver.RouteRead:   func(ctx context.Context) error { _, err := client.Get(ctx, "k"); return err },
		devserver.RouteDelete: func(ctx context.Context) error { _, err := client.Delete(ctx, "k"); return err },
		devserver.RouteUpdate: func(ctx context.Context) error {
			_, err := client.Update(ctx, "k", write, helvetisafe.KeepExpiry())
			return err
		},
		devserver.RouteCreate: func(ctx context.Context) error {
			_, err := client.Create(ctx, "new", write, helvetisafe.KeepExpiry())
			return err
		},
	}
	faults := []devserver.Fault{
		{CutBefore: true},
		{TruncateBody: true},
		{RedirectTo: "https://example.com"},
		{HTML: true},
		{Edit: devserver.SetMember("key", "5")},
	}
	for _, status := range []int{400, 401, 403, 404, 405, 407, 408, 409, 410, 413, 418, 421, 422, 429, 499, 500, 501, 502, 503, 511, 524} {
		faults = append(faults, devserver.Fault{Status: status}, devserver.Fault{Status: status, HTML: true}, devserver.Fault{Status: status, Gateway: devserver.Kong})
	}
	seen := 0
	for route, operation := range operations {
		for _, fault := range faults {
			v.WritePlain("k", `{"k":"v"}`)
			v.Server.ClearFaults()
			if _, err := client.OrgKeyFingerprint(t.Context()); err != nil {
				t.Fatal(err)
			}
			fault.Path = route
			v.Server.AddFault(fault)
			err := operation(t.Context())
			v.Server.Remove("new")
			if err == nil {
				continue // settled, or not a fault of this route
			}
			seen++
			var diags diag.Diagnostics
			origins{}.addError(&diags, "Trying", err)
			detail := diags[0].Detail()
			if !nextStep.MatchString(detail) || !strings.Contains(detail, "/api/v1/secrets") || strings.Contains(detail, "{") {
				t.Errorf("%+v on %s: %s", fault.Status, route, detail)
			}
		}
	}
	if seen < 300 {
		t.Errorf("only %d errors seen", seen)
	}
}
