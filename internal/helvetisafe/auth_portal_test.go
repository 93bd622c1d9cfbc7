package helvetisafe

import (
	"strings"
	"sync"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

func TestAPITokenHeader(t *testing.T) {
	for _, row := range []struct {
		name   string
		server devserver.APITokenHeader
		// requests of a client's first list, and of its second
		first, second int
		fails         bool
	}{
		{"X-Aegis-Token", devserver.XAegisToken, 1, 1, false},
		{"Bearer", devserver.Bearer, 2, 1, false},
		{"both", devserver.Both, 1, 1, false},
		{"neither", devserver.Neither, 2, 1, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVault(t, func(o *devserver.Options) { o.APITokenHeader = row.server })
			c := v.client(t, withAPIToken)
			for i, want := range []int{row.first, row.second} {
				v.ResetRequests()
				_, err := c.List(background(t))
				if row.fails != Is(err, Unauthorized) || !row.fails && err != nil {
					t.Errorf("list %d: %v", i, err)
				}
				if row.fails && (!strings.Contains(err.Error(), "X-Aegis-Token") || !strings.Contains(err.Error(), "Bearer")) {
					t.Errorf("the error doesn't tell both answers: %v", err)
				}
				v.discreet(t, err)
				v.counts(t, map[string]int{devserver.RouteList: want})
			}
		})
	}
}

func TestAPITokenHeaderIsFoundOutOnceForAllCallers(t *testing.T) {
	v := newVault(t, func(o *devserver.Options) { o.APITokenHeader = devserver.Bearer })
	v.put(t, "k", "x")
	c := v.client(t, withAPIToken)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := c.Get(background(t), "k"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	bearer := 0
	for _, r := range v.Requests() {
		if r.Header.Get("Authorization") != "" {
			bearer++
		}
	}
	// 50 and, if another caller's was the one that tried, its own as well.
	if bearer > 51 {
		t.Errorf("%d requests with the second header for 50 reads", bearer)
	}
}

func TestAPITokenHeaderIsFoundOutWithAnyRequest(t *testing.T) {
	v := newVault(t, func(o *devserver.Options) { o.APITokenHeader = devserver.Bearer })
	v.put(t, "k", "x")
	c := v.client(t, withAPIToken)
	if existed, err := c.Delete(background(t), "k"); !existed || err != nil {
		t.Fatalf("Delete = %v, %v", existed, err)
	}
	v.counts(t, map[string]int{devserver.RouteDelete: 2})
}

func TestAPITokenHeaderThatWorkedIsKept(t *testing.T) {
	v := newVault(t)
	c := v.client(t, withAPIToken)
	if _, err := c.List(background(t)); err != nil {
		t.Fatal(err)
	}
	v.Configure(func(o *devserver.Options) { o.APITokenHeader = devserver.Bearer })
	v.ResetRequests()
	_, err := c.List(background(t))
	if !Is(err, Unauthorized) {
		t.Errorf("err = %v", err)
	}
	v.counts(t, map[string]int{devserver.RouteList: 1})
	for _, r := range v.Requests() {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token was sent as a Bearer token after the first header had worked")
		}
	}
}

func TestAPITokenHeaderStaysOpenWhereTheTryFails(t *testing.T) {
	v := newVault(t, func(o *devserver.Options) { o.APITokenHeader = devserver.Bearer })
	c := v.client(t, withAPIToken, func(cfg *Config) { cfg.MaxRetries = 0 })
	v.AddFault(devserver.Fault{Path: devserver.RouteList, Skip: 1, Times: 1, Status: 503})
	_, err := c.List(background(t))
	var failed *Error
	if !as(err, Failed, &failed) || failed.Status != 503 {
		t.Errorf("err = %v", err)
	}
	if _, err := c.List(background(t)); err != nil {
		t.Errorf("the next try: %v", err)
	}
}
