package devserver

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"time"
)

// page is what a proxy in between answers (PROTOCOL.md section 3).
const page = "<!DOCTYPE html>\n<html><head><title>Gateway</title></head><body><h1>Please sign in</h1></body></html>\n"

// change turns the real answer into what the rule says. The real answer is empty if the
// request wasn't handled.
func (f *Fault) change(a reply) reply {
	switch {
	case f.HTML:
		a = reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: []byte(page)}
	case f.RedirectTo != "":
		a = reply{status: http.StatusTemporaryRedirect, header: http.Header{"Location": {f.RedirectTo}}}
	case f.BodySize > 0, f.GzipBomb > 0:
		a = reply{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}}
	case f.Gateway != nil:
		a = f.Gateway.answer(f.Status, f.Text)
	case f.Status != 0:
		a = failure(f.Status, http.StatusText(f.Status))
	}
	if f.Status != 0 {
		a.status = f.Status
	}
	if f.Edit != nil {
		a.body = f.Edit(bytes.Clone(a.body))
	}
	if f.ContentType != "" {
		a.header.Set("Content-Type", f.ContentType)
	}
	if f.RetryAfter != "" {
		a.header.Set("Retry-After", f.RetryAfter)
	}
	for name, values := range f.Header {
		a.header[name] = values
	}
	return a
}

// deliver sends an answer the way the rule says.
func (c *call) deliver(w http.ResponseWriter, a reply) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	f := &c.fault
	switch {
	case f.GzipBomb > 0:
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(a.status)
		z := gzip.NewWriter(w)
		huge(z, f.GzipBomb)
		_ = z.Close()
	case f.BodySize > 0:
		w.Header().Set("Content-Length", strconv.FormatInt(f.BodySize, 10))
		w.WriteHeader(a.status)
		huge(w, f.BodySize)
	case f.TruncateBody:
		// The length promised is never sent, so net/http closes the connection.
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body[:len(a.body)/2])
	case f.Drip > 0:
		w.WriteHeader(a.status)
		c.drip(w, a.body)
	default:
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	}
}

// huge writes a JSON object of a size in bytes; it ends when the client leaves.
func huge(w io.Writer, size int64) {
	const head, tail = `{"keys":"`, `"}`
	if size < int64(len(head+tail)) {
		return
	}
	if _, err := io.WriteString(w, head); err != nil {
		return
	}
	chunk := bytes.Repeat([]byte("A"), 64<<10)
	for left := size - int64(len(head+tail)); left > 0; {
		n, err := w.Write(chunk[:min(left, int64(len(chunk)))])
		if err != nil {
			return
		}
		left -= int64(n)
	}
	_, _ = io.WriteString(w, tail)
}

func (c *call) drip(w http.ResponseWriter, body []byte) {
	flusher, _ := w.(http.Flusher)
	ticker := time.NewTicker(c.fault.Drip)
	defer ticker.Stop()
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil {
			return
		}
		if flusher != nil {
			flusher.Flush()
		}
		select {
		case <-ticker.C:
		case <-c.ctx.Done():
			return
		case <-c.released:
			return
		}
	}
}
