package serve

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestRequestContext: it is its parent, and ends with it or with the request.
func TestRequestContext(t *testing.T) {
	deadline := time.Now().Add(time.Hour)
	parent, end := context.WithDeadline(context.WithValue(t.Context(), heldKey{}, "value"), deadline)
	var after context.Context
	_, _ = bounded(parent, server{interrupted: t.Context()}, 0, func(ctx context.Context, _ int) (int, error) {
		after = ctx
		if at, ok := ctx.Deadline(); !ok || !at.Equal(deadline) || ctx.Value(heldKey{}) != "value" || ctx.Err() != nil {
			t.Error("not the parent's deadline, value or error")
		}
		child, cancel := context.WithCancel(ctx)
		defer cancel()
		end()
		<-child.Done()
		if !errors.Is(ctx.Err(), context.Canceled) || !errors.Is(child.Err(), context.Canceled) {
			t.Error("not ended with its parent")
		}
		return 0, nil
	})
	<-after.Done()
	if _, ok := after.Deadline(); ok || after.Value(heldKey{}) != nil || !errors.Is(after.Err(), context.Canceled) {
		t.Error("something of the parent is left")
	}
}
