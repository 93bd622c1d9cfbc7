package helvetisafe

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/devserver"
)

// relay passes TCP connections on, until it swallows those that it has: they stay
// open, and nothing comes through. That is what a NAT or a VPN does that has
// forgotten a connection. New ones work.
type relay struct {
	address  string
	accepted atomic.Int64

	mu   sync.Mutex
	dead []*atomic.Bool // of the connections so far
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{address: listener.Addr().String()}
	var connections sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		connections.Wait()
	})
	connections.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				t.Error(err)
				return
			}
			r.accepted.Add(1)
			dead := &atomic.Bool{}
			r.mu.Lock()
			r.dead = append(r.dead, dead)
			r.mu.Unlock()
			context.AfterFunc(ctx, func() { _, _ = client.Close(), server.Close() })
			connections.Go(func() { pass(server, client, dead) })
			connections.Go(func() { pass(client, server, dead) })
		}
	})
	return r
}

func pass(to io.WriteCloser, from io.Reader, dead *atomic.Bool) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			if !dead.Load() {
				_ = to.Close()
			}
			return
		}
		if !dead.Load() {
			_, _ = to.Write(buffer[:n])
		}
	}
}

func (r *relay) swallow() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, dead := range r.dead {
		dead.Store(true)
	}
}

// TestADeadConnectionIsFoundOut: over HTTP/2 all calls share one connection. When it
// dies in silence, one retry is enough: an attempt has time for a ping and for the
// wait for its answer, and the next one takes a new connection.
func TestADeadConnectionIsFoundOut(t *testing.T) {
	for _, route := range devserver.Routes() {
		for _, when := range []string{"before the request", "before the answer"} {
			if when == "before the answer" && !slices.Contains([]string{devserver.RouteCreate, devserver.RouteUpdate, devserver.RouteDelete, devserver.RouteRead}, route) {
				continue // as a read
			}
			t.Run(route+"/"+when, func(t *testing.T) {
				t.Parallel()
				v, ca := serveTLS(t, func(*tls.Config) {})
				address, err := url.Parse(v.url)
				if err != nil {
					t.Fatal(err)
				}
				r := newRelay(t, address.Host)
				c := v.client(t, withCA(ca), func(cfg *Config) {
					cfg.BaseURL, cfg.MaxRetries, cfg.RequestTimeout = "https://"+r.address, 1, 4*time.Second
					if route == devserver.RoutePrivateKey {
						withPassword(cfg)
					}
				})
				if _, err := c.List(t.Context()); err != nil {
					t.Fatal(err)
				}
				operation := matrixOperation(t, v, c, route)
				v.ResetRequests()
				if route == devserver.RouteToken {
					v.RevokeTokens()
				}
				if when == "before the request" {
					r.swallow()
				} else {
					// The connection dies while the server is at work.
					v.AddFault(devserver.Fault{Path: route, Delay: 300 * time.Millisecond, Commit: true, Times: 1})
					go func() {
						for v.Count(route) == 0 {
							time.Sleep(time.Millisecond)
						}
						r.swallow()
					}()
				}
				if err := operation(t.Context()); err != nil {
					t.Error(err)
				}
				if n := r.accepted.Load(); n != 2 {
					t.Errorf("%d connections, want the dead one and its replacement", n)
				}
				switch {
				case route == devserver.RouteCreate && v.plaintext(t, "new") != `{"new":"`+testPlaintext+`"}`:
					t.Error("the secret isn't there")
				case route == devserver.RouteUpdate && v.plaintext(t, "old") != `{"old":"`+testPlaintext+`"}`:
					t.Error("the update isn't there")
				case route == devserver.RouteDelete && len(v.Keys()) != 0:
					t.Error("the secret is still there")
				}
			})
		}
	}
}
