package helvetisafe

import (
	"strings"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// TestFailureTexts: each kind of failure has a text with a next step.
func TestFailureTexts(t *testing.T) {
	for kind := rest.Unrecognized; kind <= rest.Redirected; kind++ {
		if text := failureText(&rest.Failure{Kind: kind}); !strings.Contains(text, "; ") {
			t.Errorf("%d: %q", kind, text)
		}
	}
	for _, kind := range []rest.Kind{rest.ProxyLogin, rest.ProxyRefused, rest.ProxyTrouble} {
		if text := failureText(&rest.Failure{Kind: kind, Status: 418, QuotaSpent: true}); !strings.Contains(text, "(418)") || !strings.Contains(text, "not tried further") {
			t.Errorf("%d: %q", kind, text)
		}
	}
}
