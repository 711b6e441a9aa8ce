package page

import (
	"container/list"
	"net/http"
	"sync"
)

// cacheKey is all a page may depend on.
type cacheKey struct {
	path, query string
	host        string // the reader came by, where addresses are built from it
	bare        bool   // asked of the lite host
	offer       string // language offered
	version     string // of the record
}

// size is what the cache counts for a key. Strangers write it: kilobytes of
// query over an answer of a few hundred bytes.
func (k cacheKey) size() int64 { return int64(len(k.path) + len(k.query) + len(k.host)) }

// Cache holds finished answers up to a number of bytes and drops the one asked
// for least recently. Safe for concurrent use.
type Cache struct {
	mu    sync.Mutex
	limit int64
	bytes int64
	order *list.List // of *slot, most recent first
	slots map[cacheKey]*list.Element
}

type slot struct {
	key   cacheKey
	entry *entry
}

// NewCache makes a cache of at most limit bytes; a limit below one holds nothing.
func NewCache(limit int64) *Cache {
	return &Cache{limit: limit, order: list.New(), slots: map[cacheKey]*list.Element{}}
}

// Len is the number of answers held and the bytes they take.
func (c *Cache) Len() (answers int, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.slots), c.bytes
}

func (c *Cache) get(k cacheKey) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.slots[k]
	if el == nil {
		return nil
	}
	c.order.MoveToFront(el)
	return el.Value.(*slot).entry
}

func (c *Cache) put(k cacheKey, e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	size := k.size() + e.size()
	if size > c.limit/8 { // one giant must not push everything else out
		return
	}
	if el := c.slots[k]; el != nil {
		c.drop(el)
	}
	c.slots[k] = c.order.PushFront(&slot{k, e})
	c.bytes += size
	for c.bytes > c.limit {
		c.drop(c.order.Back())
	}
}

func (c *Cache) drop(el *list.Element) {
	s := c.order.Remove(el).(*slot)
	delete(c.slots, s.key)
	c.bytes -= s.key.size() + s.entry.size()
}

// key is the cache key of a request and the language it is offered.
func (s *Shell) key(r *http.Request) (cacheKey, offered) {
	_, rest := cutLite(r.URL.Path)
	l := s.offer(r.Header.Get("Accept-Language"), langOf(rest))
	return cacheKey{path: r.URL.Path, query: r.URL.RawQuery, host: s.hostKey(r), bare: s.liteHost(r.Host), offer: l.Tag, version: s.o.Version()}, l
}
