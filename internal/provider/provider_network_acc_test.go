package provider

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// TestAccProviderPathPrefix: a server under a path, however base_url ends.
func TestAccProviderPathPrefix(t *testing.T) {
	v := acctest.Start(t, acctest.Configure(func(o *devserver.Options) { o.PathPrefix = "/behind/a-proxy" }))
	for _, slashes := range []string{"", "/", "///"} {
		provider := strings.Replace(v.Provider(), v.URL, v.URL+slashes, 1)
		c := newCLI(t, required+provider+block("key = \"k\"\nvalue = \"v\"")+"data \"helvetisafe_secret\" \"k\" {\n  key = helvetisafe_secret.test.key\n}\n")
		c.MustRun("apply", "-auto-approve", "-no-color")
		if plain, _ := v.ReadPlain("k"); plain != `{"k":"v"}` {
			t.Errorf("with %q at its end nothing was written", slashes)
		}
		c.MustRun("destroy", "-auto-approve", "-no-color")
	}
}

// TestAccProviderProxy reaches a host that only the proxy of HTTPS_PROXY knows, and
// shows the proxy neither token nor ciphertext.
func TestAccProviderProxy(t *testing.T) {
	v := acctest.Start(t, acctest.TLS())
	var asked atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Method != http.MethodConnect || r.Host != "example.com:443" || r.Header.Get("X-Aegis-Token") != "" || r.Header.Get("Authorization") != "" {
			t.Errorf("the proxy was asked for %s %s", r.Method, r.Host)
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		tunnel(t, w, strings.TrimPrefix(v.URL, "https://"))
	}))
	defer proxy.Close()
	// The certificate of httptest is for this name too.
	provider := strings.Replace(v.ProviderBlock(acctest.Token, acctest.PEMFile), v.URL, "https://example.com", 1)
	c := newCLI(t, required+provider+block("key = \"k\"\nvalue = \"v\""), "HTTPS_PROXY="+proxy.URL)
	c.MustRun("apply", "-auto-approve", "-no-color")
	if plain, _ := v.ReadPlain("k"); plain != `{"k":"v"}` || asked.Load() == 0 {
		t.Errorf("nothing was written through the proxy, which was asked %d times", asked.Load())
	}
	proxy.Close()
	out, err := c.Run("plan", "-no-color")
	if err == nil || !says("the proxy can't be reached; check HTTPS_PROXY").MatchString(strings.ReplaceAll(out, "│", "")) {
		t.Errorf("without the proxy (%v):\n%s", err, out)
	}
}

// tunnel answers a CONNECT and passes bytes on, both ways.
func tunnel(t *testing.T, w http.ResponseWriter, to string) {
	server, err := net.Dial("tcp", to)
	if err != nil {
		t.Error(err)
		return
	}
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	fmt.Fprint(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
}
