package provider

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// clock is the provider's time, and the server's if a test gives it to both.
type clock struct{ ahead time.Duration }

func (c *clock) now() time.Time { return time.Now().Add(c.ahead) }

func (c *clock) pass(days int) { c.ahead += time.Duration(days) * 24 * time.Hour }

// valueOf is the one value that is stored under k.
func valueOf(t testing.TB, v *acctest.Vault) string {
	t.Helper()
	var members map[string]string
	plain, there := v.ReadPlain("k")
	if err := json.Unmarshal([]byte(plain), &members); err != nil || !there || len(members) != 1 {
		t.Fatalf("what is stored is not one value (%v)", err)
	}
	return members["k"]
}

func TestGenerateCreate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		recipe attributes
		want   string
	}{
		"length":  {attributes{"length": int64(40), "special": false, "min_numeric": int64(3)}, `^[a-zA-Z0-9]{40}$`},
		"special": {attributes{"length": int64(6), "lower": false, "upper": false, "numeric": false, "override_special": "§-"}, `^[§-]{6}$`},
		"bytes":   {attributes{"bytes": int64(32)}, `^[A-Za-z0-9+/]{43}=$`},
		"url":     {attributes{"bytes": int64(32), "encoding": "base64url"}, `^[A-Za-z0-9_-]{43}$`},
		"hex":     {attributes{"bytes": int64(32), "encoding": "hex"}, `^[0-9a-f]{64}$`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			c := newCore(t, providerAttributes(v))
			config := attributes{"key": "k", "generate": test.recipe}
			created(t, c, config)
			value := valueOf(t, v)
			if !regexp.MustCompile(test.want).MatchString(value) {
				t.Errorf("the value doesn't fit %s", test.want)
			}
			if strings.Contains(c.state.String(), value) || strings.Contains(string(c.private), value) {
				t.Error("the state holds the value")
			}
			if c.get(c.state, "rotated_at") == "" || c.get(c.state, "rotated_at") != c.get(c.state, "created_at") {
				t.Errorf("rotated_at is %q", c.get(c.state, "rotated_at"))
			}
			settled(t, c, config)
			mustApply(t, c, config, config)
			if valueOf(t, v) != value {
				t.Error("a second apply made another value")
			}
		})
	}
}

// TestGenerateInvalid: what is wrong with a recipe is an error of the validation, at
// the attribute, and of the plan if it is known only then.
func TestGenerateInvalid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		set  attributes
		says string
	}{
		"neither":          {attributes{"generate": attributes{"rotation_days": int64(1)}}, "exactly one of length"},
		"both":             {attributes{"generate": attributes{"length": int64(1), "bytes": int64(1)}}, "exactly one of length"},
		"minima":           {attributes{"generate": attributes{"length": int64(3), "min_lower": int64(2), "min_upper": int64(2)}}, "length must be 4 or more"},
		"nothing":          {attributes{"generate": attributes{"length": int64(3), "lower": false, "upper": false, "numeric": false, "special": false}}, "at least one of lower"},
		"encoding":         {attributes{"generate": attributes{"bytes": int64(3), "encoding": "base32"}}, "encoding must be one of"},
		"duplicate":        {attributes{"generate": attributes{"length": int64(3), "override_special": "--"}}, "character 2 repeats"},
		"not printing":     {attributes{"generate": attributes{"length": int64(3), "override_special": "\a"}}, "print by themselves"},
		"rotation":         {attributes{"generate": attributes{"length": int64(3), "rotation_days": int64(0)}}, "rotation_days must be 1 or more"},
		"two forms":        {attributes{"generate": attributes{"length": int64(3)}, "value": "hunter2"}, "value and generate are"},
		"a version alone":  {attributes{"generate_version": "1", "value": "hunter2"}, "generate is not set"},
		"length of 0":      {attributes{"generate": attributes{"length": int64(0)}}, "from 1 to 4096"},
		"right":            {attributes{"generate": attributes{"length": int64(3)}, "generate_version": "1"}, ""},
		"unknown, for now": {attributes{"generate": attributes{"length": unknown, "bytes": int64(1)}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := acctest.Start(t)
			c := newCore(t, providerAttributes(v))
			set := attributes{"key": "k"}
			for attribute, value := range test.set {
				set[attribute] = value
			}
			resp, err := c.server().ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
				TypeName: secretType, Config: c.dynamic(c.object, c.value(c.object, set)),
			})
			if err != nil {
				t.Fatal(err)
			}
			out := collect(outcome{}, resp.Diagnostics)
			if test.says == "" && len(out.errors) > 0 || test.says != "" && (len(out.errors) != 1 || !mentions(out.errors, test.says)) {
				t.Errorf("errors %q, want one that says %q", out.errors, test.says)
			}
			if mentions(out.errors, "hunter2") {
				t.Error("an error shows a value")
			}
		})
	}
	v := acctest.Start(t)
	c := newCore(t, providerAttributes(v))
	wrong := attributes{"key": "k", "generate": attributes{"length": int64(5000)}}
	if out := c.apply(attributes{"key": "k", "generate": attributes{"length": unknown}}, wrong); !mentions(out.errors, "from 1 to 4096") {
		t.Errorf("a length that is known only in the apply: %q", out.errors)
	}
	v.ExpectCounts(t, map[string]int{})
}

// TestGenerateRotates lets thirty rotations fall due: each plan says so, each apply
// makes a new value once, and the plan after it is empty. The clocks agree, or the
// provider's runs ahead: of a server that stands still it must not rotate twice.
func TestGenerateRotates(t *testing.T) {
	t.Parallel()
	for name, same := range map[string]bool{"clocks that agree": true, "a clock that runs ahead": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			time := new(clock)
			v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) {
				if same {
					o.Now = time.now
				}
			}))
			c := newCore(t, providerAttributes(v))
			c.now = time.now
			config := configuration(colGenerated, "1", rotating(30))
			created(t, c, config)
			seen := map[string]bool{valueOf(t, v): true}
			for round := range 30 {
				time.pass(29)
				settled(t, c, config)
				time.pass(1)
				before := c.get(c.state, "version")
				out := mustApply(t, c, config, config)
				if c.get(out.planned, "version") != "?" || c.get(out.planned, "rotated_at") != "?" || !mentions(out.warnings, "is due for rotation since") {
					t.Fatalf("round %d: the plan doesn't show the rotation: %q", round, out.warnings)
				}
				value := valueOf(t, v)
				if seen[value] || c.get(c.state, "version") == before {
					t.Fatalf("round %d: no new value", round)
				}
				seen[value] = true
				settled(t, c, config)
				mustApply(t, c, config, config)
				if valueOf(t, v) != value {
					t.Fatalf("round %d: rotated twice", round)
				}
			}
		})
	}
}

// TestGenerateDueBetween: what falls due between plan and apply is rotated if the
// apply changes the secret anyway, with a warning, and is left to the next plan if
// it doesn't.
func TestGenerateDueBetween(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]attributes{
		"protection": {"deletion_protection": true},
		"expiry":     {"expires_at": "2099-01-01T00:00:00Z"},
		"nothing":    {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			time := new(clock)
			v := acctest.Start(t)
			c := newCore(t, providerAttributes(v))
			c.now = time.now
			created(t, c, configuration(colGenerated, "1", rotating(30)))
			value := valueOf(t, v)
			time.pass(29)
			config := configuration(colGenerated, "1", rotating(30))
			for attribute, set := range more {
				config[attribute] = set
			}
			c.between = func() { time.pass(2) }
			mustApply(t, c, config, config)
			c.between = nil
			if len(more) == 0 {
				time.pass(2) // there was nothing to apply, and so no between
			}
			if rotated := valueOf(t, v) != value; rotated != (len(more) > 0) {
				t.Errorf("rotated: %t", rotated)
			}
			if len(more) > 0 {
				settled(t, c, config)
			} else if out := c.plan(config); c.action(out) != "write" {
				t.Errorf("the next plan is %s", c.action(out))
			}
		})
	}
}

// TestGenerateNotDueAnyMore: if the apply's clock is behind the plan's, the value
// stays, and so does all that was planned as unknown.
func TestGenerateNotDueAnyMore(t *testing.T) {
	t.Parallel()
	time := new(clock)
	v := acctest.Start(t)
	c := newCore(t, providerAttributes(v))
	c.now = time.now
	created(t, c, configuration(colGenerated, "1", rotating(30)))
	value, version := valueOf(t, v), c.get(c.state, "version")
	time.pass(31)
	c.between = func() { time.pass(-5) }
	config := configuration(colGenerated, "1", rotating(30))
	mustApply(t, c, config, config)
	if valueOf(t, v) != value || c.get(c.state, "version") != version {
		t.Error("rotated before its time")
	}
	settled(t, c, config)
}

// TestGenerateAnswerLost has a gateway give up (524) on a write that has reached the
// server: the value there is the recorded one, it is written once if the first try can
// be read back, rotated_at is the time of the write, and no plan is left.
func TestGenerateAnswerLost(t *testing.T) {
	t.Parallel()
	for _, route := range []string{"create", "update"} {
		for name, bare := range map[string]bool{"with a list": false, "without a list": true} {
			t.Run(route+"/"+name, func(t *testing.T) {
				t.Parallel()
				v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.ListForbidden, o.Now = bare, notOnAWholeSecond }))
				c := newCore(t, providerAttributes(v))
				config, started := configuration(colGenerated, "1", rotating(30)), time.Now().Add(-5*time.Second)
				if route == "update" {
					created(t, c, config)
					config = configuration(colGenerated, "2", rotating(30))
				}
				v.Server.ResetRequests()
				v.Server.AddFault(devserver.Fault{Path: route, Status: 524, Commit: true, Times: 1})
				mustApply(t, c, config, config)
				v.Server.ClearFaults()
				sameBodies(t, v, route)
				stored, _ := v.Server.Stored("k")
				value := valueOf(t, v)
				if at := c.get(c.state, "rotated_at"); !bare && at != stored.UpdatedAt.UTC().Format("2006-01-02T15:04:05.000Z") {
					t.Errorf("rotated_at is %s, and the server wrote at %s", at, stored.UpdatedAt)
				} else if when, err := time.Parse(time.RFC3339, at); err != nil || when.Before(started) || when.After(time.Now().Add(5*time.Second)) {
					t.Errorf("rotated_at is %q", at)
				}
				if out := c.plan(config); c.action(out) != "none" || len(out.warnings) > 0 {
					t.Errorf("the next plan is %s, %q", c.action(out), out.warnings)
				}
				mustApply(t, c, config, config)
				if valueOf(t, v) != value {
					t.Error("a second apply made another value")
				}
			})
		}
	}
}

// TestGenerateExpiryAlone moves the expiry of a generated secret: the ciphertext goes
// back as it was, and counts as no rotation.
func TestGenerateExpiryAlone(t *testing.T) {
	t.Parallel()
	v, c := applied(t, colGenerated, nil)
	before, _ := v.Server.Stored("k")
	rotated := c.get(c.state, "rotated_at")
	config := configuration(colGenerated, "one", attributes{"expires_at": "2099-01-01T00:00:00Z"})
	out := mustApply(t, c, config, config)
	after, _ := v.Server.Stored("k")
	if after.Value != before.Value || after.ExpiresAt == nil {
		t.Error("the ciphertext was written anew, or the expiry not set")
	}
	if c.get(out.planned, "rotated_at") != rotated || c.get(c.state, "rotated_at") != rotated {
		t.Error("rotated_at moved")
	}
	settled(t, c, config)
}
