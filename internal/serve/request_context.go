package serve

import (
	"context"
	"sync/atomic"
	"time"
)

// requestContext is its parent until it is released. After that it no longer holds
// the parent in memory, has no values, and counts as cancelled.
type requestContext struct {
	parent atomic.Pointer[context.Context]
	done   <-chan struct{}
}

// newRequestContext returns the context and the function that releases it. The caller
// cancels the parent when it releases this one.
func newRequestContext(parent context.Context) (c *requestContext, release func()) {
	c = &requestContext{done: parent.Done()}
	c.parent.Store(&parent)
	return c, func() { c.parent.Store(nil) }
}

// Deadline is the parent's.
func (c *requestContext) Deadline() (time.Time, bool) {
	if parent := c.parent.Load(); parent != nil {
		return (*parent).Deadline()
	}
	return time.Time{}, false
}

// Done is the parent's.
func (c *requestContext) Done() <-chan struct{} { return c.done }

// Err is the parent's.
func (c *requestContext) Err() error {
	if parent := c.parent.Load(); parent != nil {
		return (*parent).Err()
	}
	return context.Canceled
}

// Value is the parent's.
func (c *requestContext) Value(key any) any {
	if parent := c.parent.Load(); parent != nil {
		return (*parent).Value(key)
	}
	return nil
}
