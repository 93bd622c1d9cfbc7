package devserver

import (
	"fmt"
	"net/http"
)

// Gateway is something between client and API that answers in the API's place: what
// its answers look like.
type Gateway struct {
	Header http.Header
	// Body is a format for fmt, of the status and a text.
	Body string
}

// The gateways that a client meets, each with the header and body that it is known by.
var (
	NGINX = &Gateway{
		Header: http.Header{"Server": {"nginx/1.27.3"}, "Content-Type": {"text/html"}},
		Body:   "<html>\r\n<head><title>%[1]d %[2]s</title></head>\r\n<body>\r\n<center><h1>%[1]d %[2]s</h1></center>\r\n<hr><center>nginx/1.27.3</center>\r\n</body>\r\n</html>\r\n",
	}
	Kong = &Gateway{
		Header: http.Header{"Server": {"kong/3.9.1"}, "X-Kong-Response-Latency": {"0"}, "Content-Type": {"application/json; charset=utf-8"}},
		Body:   `{"message":"%[2]s","request_id":"4b1a7f23c0de"}`,
	}
	AWSGateway = &Gateway{
		Header: http.Header{"X-Amzn-Requestid": {"6d9f1c1e"}, "X-Amzn-Errortype": {"ForbiddenException"}, "Content-Type": {"application/json"}},
		Body:   `{"message":"%[2]s"}`,
	}
	AWSBalancer = &Gateway{
		Header: http.Header{"Server": {"awselb/2.0"}, "Content-Type": {"text/html"}},
		Body:   "<html>\r\n<head><title>%[1]d %[2]s</title></head>\r\n<body>\r\n<center><h1>%[1]d %[2]s</h1></center>\r\n</body>\r\n</html>\r\n",
	}
	Cloudflare = &Gateway{
		Header: http.Header{"Server": {"cloudflare"}, "Cf-Ray": {"8f2d1c0b9a7e-ZRH"}, "Content-Type": {"text/html; charset=UTF-8"}},
		Body:   "<!DOCTYPE html>\n<html lang=\"en-US\"><head><title>vault.example.com | %[1]d: %[2]s</title></head><body><h1>Error code %[1]d</h1></body></html>\n",
	}
	CloudflareText = &Gateway{
		Header: http.Header{"Server": {"cloudflare"}, "Cf-Ray": {"8f2d1c0b9a7e-ZRH"}, "Content-Type": {"text/plain; charset=UTF-8"}},
		Body:   "error code: %[1]d %[2]s",
	}
	Squid = &Gateway{
		Header: http.Header{"Server": {"squid/6.10"}, "X-Squid-Error": {"ERR_CACHE_ACCESS_DENIED 0"}, "Content-Type": {"text/html;charset=utf-8"}, "Proxy-Authenticate": {`Basic realm="proxy"`}},
		Body:   "<!DOCTYPE html>\n<html><head><title>ERROR: %[2]s</title></head><body></body></html>\n",
	}
)

func (g *Gateway) answer(status int, text string) reply {
	if status == 0 {
		status = http.StatusBadGateway
	}
	if text == "" {
		text = http.StatusText(status)
	}
	return reply{status: status, header: g.Header.Clone(), body: fmt.Appendf(nil, g.Body, status, text)}
}
