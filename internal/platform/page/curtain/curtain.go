// Package curtain simulates a network that lets only the first bytes of a
// server on each connection pass and then swallows the rest in silence, as
// several providers did in June 2025. Tests put it between a client and a
// server: whatever arrives whole behind it also arrives there.
//
// The relay copies what the client sends without limit. It never closes a
// connection it has cut: the client is left waiting, as in life.
package curtain

import (
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// Limit is what the curtain lets pass per connection, in bytes.
const Limit = 16384

// Relay is a listening relay. Close it when done.
type Relay struct {
	target string
	limit  int64
	l      net.Listener
	mu     sync.Mutex
	open   map[net.Conn]bool
	conns  atomic.Int64
	cut    atomic.Int64
}

// Start relays a new local port to target ("127.0.0.1:8080"); limit is Limit
// in earnest, more or less to probe.
func Start(target string, limit int64) (*Relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("curtain.Start: %w", err)
	}
	r := &Relay{target: target, limit: limit, l: l, open: map[net.Conn]bool{}}
	go r.accept()
	return r, nil
}

// Addr is the address clients connect to.
func (r *Relay) Addr() string { return r.l.Addr().String() }

// Conns is how many connections clients have opened, Cut how many of them lost
// bytes.
func (r *Relay) Conns() int { return int(r.conns.Load()) }

// Cut is the number of connections that lost bytes.
func (r *Relay) Cut() int { return int(r.cut.Load()) }

// Close ends the relay and every connection through it.
func (r *Relay) Close() error {
	err := r.l.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.open {
		_ = c.Close() // ending them is the point
	}
	return err
}

func (r *Relay) accept() {
	for {
		client, err := r.l.Accept()
		if err != nil {
			return
		}
		r.conns.Add(1)
		go r.relay(client)
	}
}

func (r *Relay) relay(client net.Conn) {
	server, err := net.Dial("tcp", r.target)
	if err != nil {
		_ = client.Close()
		return
	}
	r.mu.Lock()
	r.open[client], r.open[server] = true, true
	r.mu.Unlock()
	go func() {
		_, _ = io.Copy(server, client) // either side may end at any time
		_ = server.Close()
		_ = client.Close()
		r.mu.Lock()
		delete(r.open, client)
		delete(r.open, server)
		r.mu.Unlock()
	}()
	_, _ = io.CopyN(client, server, r.limit)
	if n, _ := io.CopyN(io.Discard, server, 1); n > 0 {
		r.cut.Add(1)
		_, _ = io.Copy(io.Discard, server)
		return // swallowed: the client hears nothing more, not even an end
	}
	_ = client.Close()
}
