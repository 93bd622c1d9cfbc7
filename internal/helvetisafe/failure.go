package helvetisafe

import (
	"fmt"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/rest"
)

// failureTexts say what kept a request from being answered, and what to do about it.
var failureTexts = map[rest.Kind]string{
	rest.UnknownAuthority:      "the server's certificate is signed by an authority that is not trusted here; give it in `ca_cert_pem` or `ca_cert_path`",
	rest.MissingIntermediate:   "the server's certificate is signed by an authority that is not trusted here, and no intermediate certificate comes with it; give the authority in `ca_cert_pem` or `ca_cert_path`, or set the server up to send its whole chain",
	rest.OtherHost:             "the server's certificate is for another host; check `base_url`",
	rest.InvalidCertificate:    "the server's certificate is not valid (expired, or not for a server); check the clock here and the certificate there",
	rest.UnverifiedCertificate: "the server's certificate can't be verified; check it there, and `ca_cert_pem` or `ca_cert_path` here",
	rest.NoTLS:                 "the server doesn't speak TLS; check the scheme and port of `base_url`",
	rest.HandshakeFailed:       "the TLS handshake failed; the server may not take TLS 1.2 or newer; check its settings, and any proxy in between",
	rest.CertificateWanted:     "the server asks for a client certificate, which this provider can't give, and ended the connection; use an address that wants none",
	rest.ProxyUnreachable:      "the proxy can't be reached; check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
	rest.ProxyLogin:            "the proxy wants credentials of its own (%d); set them in HTTPS_PROXY, or name the host in NO_PROXY",
	rest.ProxyRefused:          "the proxy refuses to connect to the server (%d); ask whoever runs it to allow the host, or name the host in NO_PROXY",
	rest.ProxyTrouble:          "the proxy couldn't connect to the server (%d); check `base_url`, and whether this host needs the proxy (NO_PROXY)",
	rest.TimedOut:              "it took longer than `request_timeout`; try again, or raise it",
	rest.UnknownHost:           "the host name isn't known; check `base_url`",
	rest.LookupFailed:          "the host name couldn't be looked up; check the network here, and try again",
	rest.ConnectionRefused:     "the connection was refused; check `base_url`, and that the server runs",
	rest.ConnectionReset:       "the connection was reset; check any proxy in between, and try again",
	rest.ConnectionClosed:      "the connection was closed before the answer was complete; check any proxy in between, and try again",
	rest.ConnectionDead:        "nothing came over the connection any longer; check the network, and any firewall or VPN in between",
	rest.NoRoute:               "the server can't be reached over the network; check the network here, and `base_url`",
	rest.LargeHeader:           "the answer's header is larger than 64 kB, or damaged; check `base_url` and any proxy in between",
	rest.CutShort:              "the answer was cut short; check any proxy in between, and try again",
	rest.Elsewhere:             "the host of `base_url` leads to another machine, to which http would show tokens; write 127.0.0.1, or use https",
	rest.Redirected:            "the server answers with a redirect, which isn't followed because the credentials would go along; set `base_url` to the address that it leads to",
	rest.Unrecognized:          "the connection failed, or the other side doesn't speak HTTP; check `base_url` and any proxy",
}

func failureText(f *rest.Failure) string {
	text := failureTexts[f.Kind]
	if f.Status != 0 {
		text = fmt.Sprintf(text, f.Status)
	}
	if f.QuotaSpent {
		text += "; not tried further, because too many requests failed in this run"
	}
	return text
}
