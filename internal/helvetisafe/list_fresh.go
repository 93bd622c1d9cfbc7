package helvetisafe

import "context"

// FreshList is a list that was asked for after this call began. Callers that wait share
// the next one, and there are never two at once. So many deletions at the same time, each
// of which looks first, need only a few lists.
func (c *Client) FreshList(ctx context.Context) (*Listing, error) {
	l, err := c.fresh.do(ctx, c.rest.Clock, c.List)
	if err != nil && ctx.Err() != nil {
		return nil, c.newCall(get(pathSecrets, scopeList, limitList)).cancelled(ctx)
	}
	return l, err
}

// Pinned reports whether Org Keys are pinned, so that each write and each deletion
// checks the one in use.
func (c *Client) Pinned() bool { return len(c.keys.pins) > 0 }
