package provider

import "testing"

// TestApplyGoneSincePlan removes the secret between plan and apply: the error says
// so, and what to do, in each form.
func TestApplyGoneSincePlan(t *testing.T) {
	t.Parallel()
	for _, column := range columns() {
		for name, more := range map[string]attributes{
			"value":  {"value_wo_version": "2"},
			"expiry": {"expires_at": "2099-01-01T00:00:00Z"},
		} {
			t.Run(column+"/"+name, func(t *testing.T) {
				t.Parallel()
				v, c := applied(t, column, nil)
				content := "one"
				if name == "value" {
					content = "two"
					if column != colVersioned {
						more = nil
					}
				}
				config := configuration(column, content, more)
				c.between = func() { v.Server.Remove("k") }
				out := c.apply(config, config)
				if !mentions(out.errors, "changed since the plan") || !mentions(out.errors, "Run plan again") || !mentions(out.errors, "removed or has expired") {
					t.Errorf("errors %q", out.errors)
				}
				c.between = nil
				mustApply(t, c, config, config)
				settled(t, c, config)
			})
		}
	}
}

// TestDriftToNoUnicode has somebody store half of a surrogate pair, or bytes that are
// no text: what no configuration can ask for is a drift of a write-only value like
// any other, and must not keep the plan from writing over it.
func TestDriftToNoUnicode(t *testing.T) {
	t.Parallel()
	for name, plaintext := range map[string]string{
		"half a pair":  `{"k": "\ud83d"}`,
		"no text":      "\xff\xfe",
		"in the names": `{"\ud83d": "one"}`,
	} {
		for column, test := range map[string]struct{ action, says string }{
			colBare:      {"write", "so the apply writes"},
			colVersioned: {"none", "so the other value stays"},
		} {
			t.Run(column+"/"+name, func(t *testing.T) {
				t.Parallel()
				v, c := applied(t, column, nil)
				config := configuration(column, "one", nil)
				v.WritePlain("k", plaintext)
				if out := c.plan(config); c.action(out) != test.action || !mentions(out.warnings, test.says) {
					t.Errorf("%s, errors %q, warnings %q", c.action(out), out.errors, out.warnings)
				}
				if column == colVersioned {
					c.refresh(c.start(), outcome{}, true) // as an apply keeps it
					if out := c.plan(config); !mentions(out.warnings, test.says) {
						t.Errorf("the drift is forgotten: %q", out.warnings)
					}
					config["value_wo_version"] = "2"
				}
				mustApply(t, c, config, config)
				if plain, _ := v.ReadPlain("k"); plain != `{"k":"one"}` {
					t.Error("it was not written over")
				}
				settled(t, c, config)
				v.WritePlain("k", plaintext)
				c.refresh(c.start(), outcome{}, true)
				v.WritePlain("k", stored(column, "one"))
				settled(t, c, config)
			})
		}
	}
}
