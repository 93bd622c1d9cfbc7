package live

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	secretsPath    = "/api/v1/secrets" //nolint:gosec // a path, no credential
	apiTokenHeader = "X-Aegis-Token"   //nolint:gosec // a header's name, no credential
	maxAnswer      = 64 << 20
	attempts       = 6
)

// api asks the vault, and hands out answers as they are.
type api struct {
	settings *settings
	client   *http.Client
	backoff  time.Duration // before the second attempt; doubled before each further one

	mu     sync.Mutex
	token  string // an access token, or the portal's
	header string // the header that carries the portal's token, "" for Authorization
}

// answer is what came back. It is kept to what no error may quote.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ok is a success.
func (a answer) ok() bool { return a.status/100 == 2 }

// refused is a word of the API's against a request, and none about who asks or how often.
func (a answer) refused() bool {
	return a.status/100 == 4 && a.status != http.StatusUnauthorized && a.status != http.StatusForbidden && a.status != http.StatusTooManyRequests
}

// members are those of a JSON object; nil if the body is not one.
func (a answer) members() map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(a.body, &m) != nil {
		return nil
	}
	return m
}

// statusError is an answer that nothing here expects.
type statusError struct {
	request string // method and path
	status  int
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("%s was answered with status %d", e.request, e.status)
	switch e.status {
	case http.StatusUnauthorized:
		text += ": the credentials are not accepted. Check the variables that say who is calling"
	case http.StatusForbidden:
		text += ": a scope is missing. All five are needed: " + allScopes
	}
	return text
}

func newAPI(s *settings) (*api, error) {
	roots, err := x509.SystemCertPool()
	if err != nil || roots == nil {
		roots = x509.NewCertPool()
	}
	if len(bytes.TrimSpace(s.caPEM)) > 0 && !roots.AppendCertsFromPEM(s.caPEM) {
		return nil, errors.New("HELVETISAFE_CA_CERT_PEM or HELVETISAFE_CA_CERT_PATH holds no certificate")
	}
	return &api{
		settings: s, backoff: 500 * time.Millisecond,
		client: &http.Client{
			Timeout: 30 * time.Second,
			Transport: &http.Transport{
				Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
				TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			},
			// A redirect would carry the credentials elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// path is the path of one secret.
func path(key string) string { return secretsPath + "/" + url.PathEscape(key) }

// do sends a request with the run's credentials. What did nothing is sent again: a 429
// always, and all but a create after a broken connection or a gateway's word.
func (v *api) do(ctx context.Context, method, path string, body any) (answer, error) {
	renewed := false
	for attempt := 1; ; attempt++ {
		credentials, err := v.credentials(ctx)
		if err != nil {
			return answer{}, err
		}
		a, err := v.send(ctx, method, path, body, credentials)
		switch {
		case ctx.Err() != nil:
			return answer{}, ctx.Err()
		case err == nil && a.status == http.StatusUnauthorized && v.settings.clientID != "" && !renewed:
			renewed = true
			v.mu.Lock()
			v.token = ""
			v.mu.Unlock()
			continue
		case err == nil && a.status != http.StatusTooManyRequests && (a.status < 502 || method == http.MethodPost):
			return a, nil
		case err != nil && method == http.MethodPost, attempt == attempts:
			return a, err
		}
		if err := wait(ctx, v.pause(a, attempt)); err != nil {
			return answer{}, err
		}
	}
}

// pause is how long to wait after an attempt that did nothing.
func (v *api) pause(a answer, attempt int) time.Duration {
	if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err == nil && seconds >= 0 {
		return min(time.Duration(seconds)*time.Second, time.Minute)
	}
	return v.backoff << (attempt - 1)
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// credentials are the header of a request. Client credentials come first: with both,
// the portal's token is only what Report tries its header with.
func (v *api) credentials(ctx context.Context) (http.Header, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.settings.clientID == "" {
		if v.header == apiTokenHeader {
			return http.Header{apiTokenHeader: {v.settings.apiToken}}, nil
		}
		return http.Header{"Authorization": {"Bearer " + v.settings.apiToken}}, nil
	}
	if v.token == "" {
		token, err := v.accessToken(ctx)
		if err != nil {
			return nil, err
		}
		v.token = token
	}
	return http.Header{"Authorization": {"Bearer " + v.token}}, nil
}

func (v *api) accessToken(ctx context.Context) (string, error) {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {v.settings.clientID}, "client_secret": {v.settings.clientSecret}, "scope": {v.settings.scopes},
	}
	for attempt := 1; ; attempt++ {
		a, err := v.send(ctx, http.MethodPost, "/oauth/token", form, nil)
		if err != nil {
			return "", err
		}
		if a.status == http.StatusTooManyRequests && attempt < attempts {
			if err := wait(ctx, v.pause(a, attempt)); err != nil {
				return "", err
			}
			continue
		}
		var token string
		if !a.ok() || json.Unmarshal(a.members()["access_token"], &token) != nil || token == "" {
			return "", &statusError{"POST /oauth/token", a.status}
		}
		return token, nil
	}
}

// send makes one attempt. An error tells the kind of trouble only: the texts of
// net/http hold addresses.
func (v *api) send(ctx context.Context, method, path string, body any, header http.Header) (answer, error) {
	var content []byte
	kind := ""
	switch b := body.(type) {
	case nil:
	case url.Values:
		content, kind = []byte(b.Encode()), "application/x-www-form-urlencoded"
	default:
		var err error
		if content, err = json.Marshal(b); err != nil {
			return answer{}, err
		}
		kind = "application/json"
	}
	request, err := http.NewRequestWithContext(ctx, method, v.settings.base.String()+path, bytes.NewReader(content))
	if err != nil {
		return answer{}, errors.New("the request can't be made: check HELVETISAFE_BASE_URL")
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "terraform-provider-helvetisafe-live")
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	response, err := v.client.Do(request)
	if err != nil {
		return answer{}, v.trouble(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, v.trouble(ctx, err)
	}
	return answer{response.StatusCode, response.Header, read}, nil
}

func (v *api) trouble(ctx context.Context, err error) error {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, otherName := errors.AsType[x509.HostnameError](err)
	timeout, ok := errors.AsType[net.Error](err)
	cause := "the connection failed"
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case unknown:
		cause = "its certificate is of an authority that is not known here; name it in HELVETISAFE_CA_CERT_PATH"
	case otherName:
		cause = "its certificate is for another name"
	case errors.Is(err, syscall.ECONNREFUSED):
		cause = "the connection was refused"
	case ok && timeout.Timeout():
		cause = "it took too long"
	}
	return fmt.Errorf("no answer from the vault in HELVETISAFE_BASE_URL: %s", cause)
}

// entry is a secret in the list: its members as they were sent.
type entry map[string]json.RawMessage

func (e entry) key() string { return text(e["key"]) }

// text is a JSON string, "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// list asks for the list. Only entries of ours leave this function, with the number
// of all.
func (v *api) list(ctx context.Context) (a answer, ours []entry, total int, err error) {
	if a, err = v.do(ctx, http.MethodGet, secretsPath, nil); err != nil || !a.ok() {
		return a, nil, 0, err
	}
	var all []entry
	if json.Unmarshal(a.members()["keys"], &all) != nil {
		return a, nil, 0, errors.New("the list is not of the API's form: no member `keys` that holds objects")
	}
	for _, e := range all {
		if strings.HasPrefix(e.key(), keyPrefix) {
			ours = append(ours, e)
		}
	}
	return a, ours, len(all), nil
}

// body is what a write sends.
type body struct {
	Key       string           `json:"key,omitempty"`
	Value     string           `json:"value"`
	Nonce     string           `json:"nonce"`
	ExpiresAt *json.RawMessage `json:"expiresAt,omitempty"`
}

// expiry is a time as the API is sent it: as Python's isoformat() prints it.
func expiry(t time.Time) *json.RawMessage {
	raw := json.RawMessage(`"` + t.UTC().Format("2006-01-02T15:04:05") + `+00:00"`)
	return &raw
}
