package helvetisafe

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/redact"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// outcome is what a fault comes to: the requests made to its route, and the kind of the
// error.
type outcome struct {
	requests int
	kind     Kind
}

// works is the outcome without an error.
const works Kind = 0

// faultRow is a fault and what it comes to on every route, but for the exceptions.
type faultRow struct {
	name    string
	fault   devserver.Fault
	refuse  bool // the connection, instead of a fault of the server's
	slow    bool // nothing comes within the time of an attempt
	want    outcome
	but     map[string]outcome
	waitMin time.Duration // before a retry
}

const (
	matrixRetries = 2
	tries         = matrixRetries + 1

	// The waits of package rest: the first one at least, and any at most.
	shortestWait = 250 * time.Millisecond
	maxWait      = time.Minute
)

func faultRows(other string) []faultRow {
	const (
		token, create, read, update, del = devserver.RouteToken, devserver.RouteCreate, devserver.RouteRead, devserver.RouteUpdate, devserver.RouteDelete
	)
	settled := map[string]outcome{create: {tries, works}, update: {tries, works}}
	rows := []faultRow{
		{name: "refused", refuse: true, want: outcome{0, Unreachable}},
		{name: "reset before the request is read, once", fault: devserver.Fault{CutBefore: true, Times: 1}, want: outcome{2, works}},
		{name: "reset before the request is read", fault: devserver.Fault{CutBefore: true}, want: outcome{tries, Unreachable}},
		{name: "reset after the commit, once", fault: devserver.Fault{CutAfter: true, Times: 1}, want: outcome{2, works}},
		{name: "reset after the commit", fault: devserver.Fault{CutAfter: true}, want: outcome{tries, Unreachable}, but: settled},
		{name: "400", fault: devserver.Fault{Status: 400}, want: outcome{1, Refused}},
		{name: "401 once, as a token that ended early", fault: devserver.Fault{Status: 401, Times: 1}, want: outcome{2, works}, but: map[string]outcome{token: {1, Refused}}},
		{name: "401", fault: devserver.Fault{Status: 401}, want: outcome{2, Unauthorized}, but: map[string]outcome{token: {1, Refused}}},
		{name: "403", fault: devserver.Fault{Status: 403}, want: outcome{1, Forbidden}, but: map[string]outcome{token: {1, Refused}}},
		{name: "404", fault: devserver.Fault{Status: 404}, want: outcome{1, Refused}, but: map[string]outcome{read: {1, NotFound}, update: {1, NotFound}, del: {1, works}}},
		{name: "404 as a page", fault: devserver.Fault{Status: 404, HTML: true}, want: outcome{1, Foreign}},
		{name: "401 of nginx, which wants a login", fault: devserver.Fault{Status: 401, Gateway: devserver.NGINX, Header: http.Header{"Www-Authenticate": {`Basic realm="MARKER"`}}}, want: outcome{1, Foreign}},
		{name: "401 of a gateway that checks tokens, once", fault: devserver.Fault{Status: 401, Gateway: devserver.Kong, Header: http.Header{"Www-Authenticate": {`Bearer realm="MARKER"`}}, Times: 1}, want: outcome{2, works}, but: map[string]outcome{token: {1, Foreign}}},
		{name: "temporarily unavailable, once", fault: devserver.Fault{Status: 400, Edit: devserver.SetMember("error", `"temporarily_unavailable"`), Times: 1}, want: outcome{1, Refused}, but: map[string]outcome{token: {2, works}}},
		{name: "temporarily unavailable", fault: devserver.Fault{Status: 400, Edit: devserver.SetMember("error", `"temporarily_unavailable"`)}, want: outcome{1, Refused}, but: map[string]outcome{token: {tries, Failed}}},
		{name: "server error, with 200, once", fault: devserver.Fault{Status: 200, Edit: devserver.SetMember("error", `"server_error"`), Times: 1}, want: outcome{1, BadAnswer}, but: map[string]outcome{token: {2, works}}},
		{name: "server error, with 200", fault: devserver.Fault{Status: 200, Edit: devserver.SetMember("error", `"server_error"`)}, want: outcome{1, BadAnswer}, but: map[string]outcome{token: {tries, Failed}}},
		{name: "wrong credentials, with 200", fault: devserver.Fault{Status: 200, Edit: devserver.SetMember("error", `"invalid_client"`)}, want: outcome{1, BadAnswer}, but: map[string]outcome{token: {1, Unauthorized}}},
		{name: "409", fault: devserver.Fault{Status: 409}, want: outcome{1, Refused}, but: map[string]outcome{create: {1, Conflict}}},
		{name: "413", fault: devserver.Fault{Status: 413}, want: outcome{1, Refused}, but: map[string]outcome{create: {1, TooLarge}, update: {1, TooLarge}}},
		{name: "501", fault: devserver.Fault{Status: 501}, want: outcome{1, Refused}},
		{name: "a page with 200", fault: devserver.Fault{HTML: true}, want: outcome{1, BadAnswer}},
		{name: "a page with 200 after the commit", fault: devserver.Fault{HTML: true, Commit: true}, want: outcome{1, BadAnswer}, but: map[string]outcome{create: {1, works}, update: {1, works}, del: {1, works}}},
		{name: "another content type", fault: devserver.Fault{ContentType: "text/plain"}, want: outcome{1, BadAnswer}, but: map[string]outcome{create: {1, works}, update: {1, works}, del: {1, works}}},
		{name: "a body cut short, once", fault: devserver.Fault{TruncateBody: true, Times: 1}, want: outcome{2, works}, but: map[string]outcome{del: {1, works}}},
		{name: "a body cut short", fault: devserver.Fault{TruncateBody: true}, want: outcome{tries, BadAnswer}, but: map[string]outcome{create: {tries, works}, update: {tries, works}, del: {1, works}}},
		{name: "200 of a gateway", fault: devserver.Fault{Gateway: devserver.Kong, Status: 200}, want: outcome{1, BadAnswer}},
		{name: "200 of a gateway after the commit", fault: devserver.Fault{Gateway: devserver.Kong, Status: 200, Commit: true}, want: outcome{1, BadAnswer}, but: map[string]outcome{create: {1, works}, update: {1, works}, del: {1, works}}},
		{name: "100 MB", fault: devserver.Fault{BodySize: 100 << 20}, want: outcome{1, BadAnswer}},
		{name: "gzip bomb", fault: devserver.Fault{GzipBomb: 100 << 20}, want: outcome{1, BadAnswer}},
		{name: "one byte a second", fault: devserver.Fault{Drip: time.Second}, slow: true, want: outcome{tries, Unreachable}, but: map[string]outcome{create: {tries, works}, update: {tries, works}, del: {1, works}}},
		{name: "no answer", fault: devserver.Fault{Hang: true}, slow: true, want: outcome{tries, Unreachable}},
		{name: "no answer after the commit", fault: devserver.Fault{Hang: true, Commit: true}, slow: true, want: outcome{tries, Unreachable}, but: settled},
		{name: "redirect to another host", fault: devserver.Fault{RedirectTo: other + "/x"}, want: outcome{1, Unreachable}},
		{name: "redirect to another scheme", fault: devserver.Fault{RedirectTo: "ftp://vault.example.com/x", Status: 301}, want: outcome{1, Unreachable}},
		{name: "redirect to nonsense", fault: devserver.Fault{RedirectTo: "%zz://MARKER", Status: 302}, want: outcome{1, Unreachable}},
		{name: "429", fault: devserver.Fault{Status: 429}, want: outcome{tries, RateLimited}},
		{name: "no expires_in", fault: devserver.Fault{Edit: devserver.DropMember("expires_in")}, want: outcome{1, works}},
	}
	for _, seconds := range []string{"0", "-5", "1e300", "null", `"MARKER"`} {
		rows = append(rows, faultRow{name: "expires_in " + seconds, fault: devserver.Fault{Edit: devserver.SetMember("expires_in", seconds)}, want: outcome{1, works}})
	}
	for _, code := range []int{500, 502, 503, 504, 507, 520, 524, 530, 408, 499} {
		text := strconv.Itoa(code)
		rows = append(rows,
			faultRow{name: text + " once", fault: devserver.Fault{Status: code, Times: 1}, want: outcome{2, works}},
			faultRow{name: text, fault: devserver.Fault{Status: code}, want: outcome{tries, Failed}},
			faultRow{name: text + " after the commit, once", fault: devserver.Fault{Status: code, Commit: true, Times: 1}, want: outcome{2, works}},
			faultRow{name: text + " after the commit", fault: devserver.Fault{Status: code, Commit: true}, want: outcome{tries, Failed}, but: settled},
		)
	}
	for _, answer := range gatewayAnswers {
		requests := 1
		if rest.Trouble(answer.status) {
			requests = tries
		}
		fault := devserver.Fault{Gateway: answer.gateway, Status: answer.status, Text: "MARKER"}
		after := fault
		after.Commit = true
		name := strconv.Itoa(answer.status) + " of " + answer.name
		rows = append(rows,
			faultRow{name: name, fault: fault, want: outcome{requests, Foreign}},
			faultRow{name: name + " after the commit", fault: after, want: outcome{requests, Foreign}, but: map[string]outcome{create: {requests, works}, update: {requests, works}}},
		)
	}
	for _, code := range []int{429, 503} {
		for _, after := range []struct {
			name, header string
			wait         time.Duration
		}{
			{"0", "0", shortestWait},
			{"5", "5", 5 * time.Second},
			{"a date in the past", "Fri, 02 Jan 2015 03:04:05 GMT", shortestWait},
			{"a date ahead", fakeTime.Add(45 * time.Second).Format(http.TimeFormat), 45 * time.Second},
			{"a billion", "1000000000", maxWait},
			{"junk", "MARKER", shortestWait},
		} {
			rows = append(rows, faultRow{
				name:  http.StatusText(code) + " once, Retry-After " + after.name,
				fault: devserver.Fault{Status: code, RetryAfter: after.header, Times: 1},
				want:  outcome{2, works}, waitMin: after.wait,
			})
		}
	}
	return rows
}

// gatewayAnswers are what gateways answer in the API's place.
var gatewayAnswers = []struct {
	name    string
	gateway *devserver.Gateway
	status  int
}{
	{"nginx", devserver.NGINX, 400}, // plain HTTP on an HTTPS port, or no client certificate
	{"nginx", devserver.NGINX, 401},
	{"nginx", devserver.NGINX, 404},
	{"nginx", devserver.NGINX, 413},
	{"nginx", devserver.NGINX, 499},
	{"nginx", devserver.NGINX, 502},
	{"Kong", devserver.Kong, 401},
	{"Kong", devserver.Kong, 403},
	{"Kong", devserver.Kong, 404},
	{"Kong", devserver.Kong, 409},
	{"Kong", devserver.Kong, 503},
	{"AWS API Gateway", devserver.AWSGateway, 403},
	{"AWS API Gateway", devserver.AWSGateway, 504},
	{"AWS load balancer", devserver.AWSBalancer, 408},
	{"AWS load balancer", devserver.AWSBalancer, 507},
	{"Cloudflare", devserver.Cloudflare, 403},
	{"Cloudflare", devserver.Cloudflare, 409},
	{"Cloudflare", devserver.Cloudflare, 520},
	{"Cloudflare", devserver.Cloudflare, 524},
	{"Cloudflare", devserver.CloudflareText, 530},
	{"Squid", devserver.Squid, 407},
	{"a network", devserver.Squid, 511},
}

// TestFaults is every fault on every route: how often it is tried, what it comes to,
// that no error tells a secret, and that server and caller agree on what was written.
func TestFaults(t *testing.T) {
	other := newVault(t)
	t.Run("matrix", func(t *testing.T) {
		for _, row := range faultRows(other.url) {
			for _, route := range devserver.Routes() {
				t.Run(row.name+"/"+route, func(t *testing.T) {
					t.Parallel()
					row.run(t, route)
				})
			}
		}
	})
	if n := len(other.Requests()); n != 0 {
		t.Errorf("%d requests followed a redirect", n)
	}
}

func (row faultRow) run(t *testing.T, route string) {
	want, special := row.but[route]
	if !special {
		want = row.want
	}
	v := newVault(t)
	c := v.client(t, func(cfg *Config) {
		cfg.MaxRetries = matrixRetries
		if route == devserver.RoutePrivateKey {
			withPassword(cfg)
		}
	})
	// With a connection for each request net/http repeats none by itself.
	transport := c.rest.Transport.(*http.Transport)
	transport.DisableKeepAlives = true
	operation := matrixOperation(t, v, c, route)

	v.ResetRequests()
	fault := row.fault
	fault.Path = route
	switch {
	case row.refuse:
		c.rest.Transport = refusing{transport, route}
	case row.slow:
		c.rest.Transport = impatient{transport, v, route}
		fallthrough
	default:
		v.AddFault(fault)
	}
	err := operation(t.Context())

	if got := v.Count(route); got != want.requests {
		t.Errorf("%d requests to %s, want %d", got, route, want.requests)
	}
	if kindOf(err) != want.kind {
		t.Errorf("err = %v, of kind %d, want %d", err, kindOf(err), want.kind)
	}
	v.discreet(t, err)
	if err != nil && !strings.Contains(err.Error(), " on ") && !strings.Contains(err.Error(), "answer to ") {
		t.Errorf("the error doesn't name the request: %v", err)
	}
	if longest := c.rest.Clock.(*fakeClock).longest(); longest > maxWait || longest < row.waitMin {
		t.Errorf("waited %v, want %v to %v", longest, row.waitMin, maxWait)
	}
	if row.fault.RedirectTo != "" && !strings.Contains(err.Error(), "redirect") {
		t.Errorf("the error doesn't say that it was a redirect: %v", err)
	}
	if route == devserver.RouteCreate && err == nil {
		if got := v.plaintext(t, "new"); got != `{"new":"`+testPlaintext+`"}` {
			t.Error("the secret that was created isn't on the server")
		}
	}
	if route == devserver.RouteUpdate && err == nil && v.plaintext(t, "old") != `{"old":"`+testPlaintext+`"}` {
		t.Error("the update that worked isn't on the server")
	}
	if row.fault.Commit && err != nil && (route == devserver.RouteUpdate || route == devserver.RouteDelete) && !strings.Contains(err.Error(), "isn't known") {
		t.Errorf("the write took effect, and the error doesn't say that it may have: %v", err)
	}
	// A lost create that isn't there may still come.
	if route == devserver.RouteCreate && err != nil && (row.fault.Gateway != nil || rest.Trouble(row.fault.Status) || row.fault.Hang) && !strings.Contains(err.Error(), "the secret wasn't there") {
		t.Errorf("the error doesn't say that the secret may still be created: %v", err)
	}
	if row.fault.Gateway != nil && err != nil && (strings.Contains(err.Error(), "scope") || strings.Contains(err.Error(), "client_") || strings.Contains(err.Error(), "no secret")) {
		t.Errorf("a gateway's answer is taken for the API's: %v", err)
	}
	if route == devserver.RouteDelete && err == nil && want.requests > 1 && len(v.Keys()) != 0 {
		t.Error("the secret that was deleted is still on the server")
	}
}

// kindOf is the kind of an error, works for none.
func kindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return works
}

// matrixOperation makes ready for an operation whose next request is to route.
func matrixOperation(t *testing.T, v *vault, c *Client, route string) func(context.Context) error {
	t.Helper()
	value := Content{Value: testPlaintext}
	switch route {
	case devserver.RouteToken, devserver.RoutePrivateKey, devserver.RouteOrgKey:
		return func(ctx context.Context) error {
			_, err := c.OrgKeyFingerprint(ctx)
			return err
		}
	}
	if _, err := c.OrgKeyFingerprint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if route != devserver.RouteCreate {
		v.put(t, "old", `{"old":"x"}`)
	}
	return map[string]func(context.Context) error{
		devserver.RouteList: func(ctx context.Context) error { _, err := c.List(ctx); return err },
		devserver.RouteCreate: func(ctx context.Context) error {
			_, err := c.Create(ctx, "new", value, keepExpiry)
			return err
		},
		devserver.RouteRead: func(ctx context.Context) error { _, err := c.Get(ctx, "old"); return err },
		devserver.RouteUpdate: func(ctx context.Context) error {
			_, err := c.Update(ctx, "old", Content{Value: testPlaintext}, keepExpiry)
			return err
		},
		devserver.RouteDelete: func(ctx context.Context) error { _, err := c.Delete(ctx, "old"); return err },
	}[route]
}

// refusing lets no connection be made for one route.
type refusing struct {
	http.RoundTripper
	route string
}

func (r refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	if routeOf(req) != r.route {
		return r.RoundTripper.RoundTrip(req)
	}
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

// impatient cuts the time of attempts on one route short once the server has them, so that
// nothing depends on how busy the machine is.
type impatient struct {
	http.RoundTripper
	v     *vault
	route string
}

func (i impatient) RoundTrip(req *http.Request) (*http.Response, error) {
	if routeOf(req) == i.route {
		ctx, cancel := context.WithCancelCause(req.Context())
		req = req.WithContext(ctx)
		before := i.v.Count(i.route)
		var look func()
		look = func() {
			if i.v.Count(i.route) == before && ctx.Err() == nil {
				time.AfterFunc(10*time.Millisecond, look)
				return
			}
			time.AfterFunc(100*time.Millisecond, func() { cancel(context.DeadlineExceeded) })
		}
		look()
	}
	return i.RoundTripper.RoundTrip(req)
}

func routeOf(req *http.Request) string {
	return map[string]string{
		"POST /oauth/token": devserver.RouteToken, "GET /api/v1/credentials/private-key": devserver.RoutePrivateKey,
		"GET /api/v1/credentials/org-key": devserver.RouteOrgKey, "GET /api/v1/secrets": devserver.RouteList,
		"POST /api/v1/secrets": devserver.RouteCreate, "GET /api/v1/secrets/old": devserver.RouteRead,
		"PUT /api/v1/secrets/old": devserver.RouteUpdate, "DELETE /api/v1/secrets/old": devserver.RouteDelete,
	}[req.Method+" "+req.URL.Path]
}

func TestConnectionRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{BaseURL: "http://" + address, Auth: APIToken{Token: redact.NewString(testAPIToken)}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.List(t.Context())
	var refused *Error
	if !as(err, Unreachable, &refused) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("err = %v", err)
	}
}
