package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Report tries each statement with secrets of its own, which it deletes again, and
// prints a table. The error is ErrUnworkable if the provider can't work with a finding,
// or says what couldn't be found out; the findings come with it.
func Report(ctx context.Context, o Options) (facts Facts, err error) {
	r, err := begin(o)
	if err != nil {
		return nil, err
	}
	facts = Facts{}
	for _, s := range statements {
		facts[s.name] = notTried
	}
	defer func() {
		if failed := r.close(ctx); failed != nil {
			err = errors.Join(err, failed)
		}
	}()
	if r.settings.apiToken != "" {
		if facts["api_token_header"], err = r.tokenHeader(ctx); err != nil {
			return nil, err
		}
	}
	if facts["api_token_header"] != "neither" || r.settings.clientID != "" {
		if err := r.ready(ctx); err != nil {
			return nil, err
		}
		if err = r.try(ctx, facts); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return facts, errors.Join(facts.print(o.Out), err)
}

// try finds out everything but the header of the portal's token.
func (r *run) try(ctx context.Context, facts Facts) error {
	// One ciphertext serves all: its nonce comes with no other.
	sealed, err := seal(r.orgKey, `{"throwaway":"of a test run"}`)
	if err != nil {
		return err
	}
	// What goes wrong with one leaves the others to be found out.
	var errs []error
	for _, part := range []func(context.Context, Facts, body) error{
		r.tryStamps, r.tryErrors, r.tryExpiry, r.tryWrites, r.tryPaging,
	} {
		if err := part(ctx, facts, sealed); err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// entryOf is one secret of ours in a list; nil if it isn't there.
func entryOf(key string, entries []entry) entry {
	for _, e := range entries {
		if e.key() == key {
			return e
		}
	}
	return nil
}

// tryStamps looks at what dates the answers carry.
func (r *run) tryStamps(ctx context.Context, facts Facts, sealed body) error {
	key := r.key("stamps")
	created, err := r.mustCreate(ctx, key, sealed)
	if err != nil {
		return err
	}
	facts["create_updated_at"], facts["date_header"] = "missing", "missing"
	if text(created.members()["updated_at"]) != "" {
		facts["create_updated_at"] = "present"
	}
	if _, err := http.ParseTime(created.header.Get("Date")); err == nil {
		facts["date_header"] = "present"
	}
	stamps := []json.RawMessage{created.members()["created_at"], created.members()["updated_at"]}
	first, before, _, err := r.list(ctx)
	if err != nil {
		return err
	}
	updated, err := r.do(ctx, http.MethodPut, path(key), sealed)
	if err != nil {
		return err
	}
	if !updated.ok() {
		return &statusError{"PUT " + secretsPath + "/<key>", updated.status}
	}
	stamps = append(stamps, updated.members()["updated_at"])
	_, after, _, err := r.list(ctx)
	if err != nil {
		return err
	}
	one, two := entryOf(key, before), entryOf(key, after)
	for _, e := range []entry{one, two} {
		stamps = append(stamps, e["created_at"], e["updated_at"])
	}
	switch {
	case first.status == http.StatusForbidden:
		facts["list_updated_at"] = "list not allowed"
	case text(one["updated_at"]) != "":
		facts["list_updated_at"] = "present"
	case text(two["updated_at"]) != "":
		facts["list_updated_at"] = "after the first update"
	default:
		facts["list_updated_at"] = "missing"
	}
	facts["timestamps"] = precision(stamps)
	return nil
}

// precision is how finely stamps are kept, by what they show: a fraction that is
// always zero is none.
func precision(stamps []json.RawMessage) string {
	found := "missing"
	order := []string{"missing", "seconds", "milliseconds", "microseconds", "nanoseconds", "unreadable"}
	for _, raw := range stamps {
		stamp := text(raw)
		if stamp == "" {
			if raw == nil || string(raw) == "null" {
				continue
			}
			return "unreadable"
		}
		t, err := time.Parse(time.RFC3339Nano, stamp)
		one := "seconds"
		switch {
		case err != nil:
			one = "unreadable"
		case t.Nanosecond() == 0:
		case t.Nanosecond()%int(time.Millisecond) == 0:
			one = "milliseconds"
		case t.Nanosecond()%int(time.Microsecond) == 0:
			one = "microseconds"
		default:
			one = "nanoseconds"
		}
		if slices.Index(order, one) > slices.Index(order, found) {
			found = one
		}
	}
	return found
}

// tryErrors looks at how the API says no.
func (r *run) tryErrors(ctx context.Context, facts Facts, sealed body) error {
	gone, err := r.do(ctx, http.MethodGet, path(r.prefix+"none"), nil)
	if err != nil {
		return err
	}
	switch members := gone.members(); {
	case gone.status != http.StatusNotFound:
		facts["error_body"] = "status " + strconv.Itoa(gone.status)
	case members == nil:
		facts["error_body"] = "not json"
	case text(members["error"]) == "":
		facts["error_body"] = "json without error"
	default:
		facts["error_body"] = "json"
	}
	unknown, err := r.do(ctx, http.MethodGet, "/api/v1/"+r.prefix+"none", nil)
	if err != nil {
		return err
	}
	facts["unknown_path_status"] = strconv.Itoa(unknown.status)

	key := r.key("conflict")
	if _, err := r.mustCreate(ctx, key, sealed); err != nil {
		return err
	}
	again, err := r.create(ctx, key, sealed)
	if err != nil {
		return err
	}
	facts["conflict_status"] = strconv.Itoa(again.status)
	return nil
}

// tryExpiry sets an expiry, takes it away, and sets one that has passed.
func (r *run) tryExpiry(ctx context.Context, facts Facts, sealed body) error {
	key := r.key("expiry")
	expiring := sealed
	expiring.ExpiresAt = expiry(time.Now().Add(30 * 24 * time.Hour))
	if _, err := r.mustCreate(ctx, key, expiring); err != nil {
		return err
	}
	null := json.RawMessage("null")
	expiring.ExpiresAt = &null
	cleared, err := r.do(ctx, http.MethodPut, path(key), expiring)
	if err != nil {
		return err
	}
	read, err := r.do(ctx, http.MethodGet, path(key), nil)
	if err != nil {
		return err
	}
	stands := text(read.members()["expires_at"]) != ""
	switch {
	case cleared.refused():
		facts["null_expiry"] = "refused"
	case !cleared.ok():
		return &statusError{"PUT " + secretsPath + "/<key>", cleared.status}
	case stands:
		facts["null_expiry"] = "ignored"
	case read.ok() && string(read.members()["expires_at"]) == "null", string(cleared.members()["expires_at"]) == "null":
		facts["null_expiry"] = "clears"
	default:
		facts["null_expiry"] = "not shown"
	}

	expiring.ExpiresAt = expiry(time.Now().Add(-24 * time.Hour))
	past, err := r.create(ctx, r.key("past"), expiring)
	if err != nil {
		return err
	}
	facts["expiry_in_the_past"] = verdict(past, "accepted", "refused")
	return nil
}

// verdict names an answer that may be either.
func verdict(a answer, taken, refused string) string {
	switch {
	case a.ok():
		return taken
	case a.refused():
		return refused
	}
	return "status " + strconv.Itoa(a.status)
}

// tryWrites tries a key that the pattern excludes, and large values.
func (r *run) tryWrites(ctx context.Context, facts Facts, sealed body) error {
	odd, err := r.create(ctx, r.key("odd-key"), sealed)
	if err != nil {
		return err
	}
	facts["key_pattern"] = verdict(odd, "not enforced", "enforced")

	facts["size_limit"] = "less than 16 KiB"
	for _, size := range []int{16, 64, 256} {
		large, err := seal(r.orgKey, `{"throwaway":"`+strings.Repeat("x", size<<10)+`"}`)
		if err != nil {
			return err
		}
		a, err := r.create(ctx, r.key(fmt.Sprintf("large%d", size)), large)
		if err != nil || !a.ok() {
			// A limit may also show as a connection that is cut.
			if ctx.Err() != nil {
				return ctx.Err()
			}
			break
		}
		facts["size_limit"] = fmt.Sprintf("%d KiB or more", size)
	}
	return nil
}

// pageSize is the number of secrets that a list has to hold to be called whole: more
// than the usual sizes of a page.
const pageSize = 101

// tryPaging makes as many secrets as it takes, and looks for each in the list.
func (r *run) tryPaging(ctx context.Context, facts Facts, sealed body) error {
	a, _, total, err := r.list(ctx)
	if err != nil {
		return err
	}
	if a.status == http.StatusForbidden {
		return nil
	}
	wanted := map[string]bool{}
	for i := range max(1, pageSize-total) {
		key := r.key(fmt.Sprintf("page%d", i))
		if _, err := r.mustCreate(ctx, key, sealed); err != nil {
			return err
		}
		wanted[key] = true
	}
	a, ours, _, err := r.list(ctx)
	if err != nil {
		return err
	}
	for _, e := range ours {
		delete(wanted, e.key())
	}
	facts["paging"] = "none"
	if len(wanted) > 0 || pages(a) {
		facts["paging"] = "paged"
	}
	return nil
}

// pages says whether an answer announces another part of the list.
func pages(a answer) bool {
	if strings.Contains(a.header.Get("Link"), `rel="next"`) {
		return true
	}
	for name, value := range maps.All(a.members()) {
		name = strings.ToLower(name)
		if name == "keys" || slices.Contains([]string{"null", "false", `""`}, string(value)) {
			continue
		}
		if strings.Contains(name, "next") || strings.Contains(name, "more") || strings.Contains(name, "cursor") {
			return true
		}
	}
	return false
}
